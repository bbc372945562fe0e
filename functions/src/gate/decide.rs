//! The decision: the rules and limits of the key, then the limits of the API's organisation. A
//! refused call consumes nothing.

use latchkey_shared::access::GateScope;
use latchkey_shared::access::rules::{Applying, judge};
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::keys::{Dialect, Key, KeyId, Presented, Token, presented};
use latchkey_shared::limits::Money;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::rights::{Barred, Call};
use latchkey_shared::runtime::function::Action::{self, BatchGetItem, DeleteItem, GetItem, UpdateItem};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::NotGiven;
use latchkey_shared::settings::TykEdition;
use latchkey_shared::store::Table::{self, Keys, Organizations, Usage};
use latchkey_shared::store::{KeyCheck, OrgCheck, OrgReads, StoreError, Take};
use latchkey_shared::telemetry;

use super::key_admission::KeyAdmission;

/// The tables of a decision: keys, organisations with their limits and policies, and the usage of past hours.
pub const ACCESS: &[(Table, &[Action])] = &[
    (Keys, &[GetItem, UpdateItem]),
    (Organizations, &[GetItem, BatchGetItem, UpdateItem]),
    (Usage, &[UpdateItem, DeleteItem]),
];

/// What the gate decides.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The consumer's token, or the name of a key in the API's organisation.
    pub presented: &'a str,
    /// The call that the consumer makes.
    pub call: Call<'a>,
    /// The units that the call costs; 0 checks without consuming.
    pub cost: i64,
    /// The money to reserve for the call.
    pub spend: Money,
}

/// The answer.
#[derive(Debug)]
pub struct Decision {
    /// Whether the call is allowed, or why not.
    pub code: Code,
    /// The key after the decision, if there is one, and the limits that apply.
    pub key: Option<(Key, Applying)>,
    /// When the limit that refuses the call allows it again; `None` if no limit refuses it, or if
    /// it never does.
    pub until: Option<Millis>,
    /// The time of the decision.
    pub now: Millis,
}

impl Decision {
    /// Notes the decision for the log.
    fn note(&self) {
        telemetry::decided(self.code.name(), self.code == Code::Ok);
        if let Some((key, _)) = &self.key {
            telemetry::about_key(key.id, &key.org);
        }
    }
}

/// Decides, and takes what the call costs if it is allowed.
///
/// The limits of the API's organisation apply if the API has one, else those of the key's
/// organisation.
///
/// # Errors
/// When the store fails, so that nothing was decided.
pub async fn decide(service: &Service, gate: GateScope, question: &Question<'_>) -> Result<Decision, Internal> {
    let now = service.clock.now();
    let take = Take::new(gate, question.cost, question.spend.nanos(), now);
    let owner = service.settings.apis.org(question.call.api);
    let ids = ids(service, question)?;
    for _ in 0..ATTEMPTS {
        let orgs = OrgReads::new(gate, &service.store);
        // If the organisation is already known, it is read while the key is updated, which saves a
        // round trip.
        let ahead = read_ahead(service, gate, owner, &ids, &orgs);
        let (key, ahead) = tokio::join!(check_key(service, question, &ids, take, &orgs), ahead);
        let mut admission = KeyAdmission::of(service, key?, take).await?;
        ahead?;
        let refused = admission.refusal();
        // An organisation's refusal comes before a key's, so the organisation is checked even if the
        // key refuses.
        let looking = if refused.is_some() { take.looking() } else { take };
        let org = check_org(service, owner, &admission, question.call.api, looking, &orgs).await;
        // A contended organisation took nothing, so the key's units go back.
        if matches!(org, Err(StoreError::Contended)) {
            admission.give_back(service, take).await;
        }
        let org = org?;
        let refusal = refusal_of(&org).or(refused);
        let outdated = matches!(org, OrgCheck::OtherPolicies);
        if outdated || refusal.is_some() {
            admission.give_back(service, take).await;
        }
        if !outdated {
            let (code, until) = refusal.unwrap_or((Code::Ok, None));
            let decision = Decision { code, key: admission.into_key(now), until, now };
            decision.note();
            return Ok(decision);
        }
    }
    Err(StoreError::Contended.into())
}

/// How often a decision is made at most while policies change.
const ATTEMPTS: usize = 8;

/// Whether the organisation of `api` refuses every call, with or without a key.
///
/// # Errors
/// When the store fails.
pub async fn org_of_api_refuses(service: &Service, gate: GateScope, api: &str) -> Result<Option<Code>, Internal> {
    let Some(org) = service.settings.apis.org(api) else { return Ok(None) };
    let look = Take::new(gate, 1, 0, service.clock.now()).looking();
    if !service.settings.enforce_org_limits {
        return Ok(None);
    }
    let orgs = OrgReads::new(gate, &service.store);
    let checked = service.store.take_from_org(org, api, look, &orgs, None).await?;
    Ok(refusal_of(&checked).map(|(code, _)| code))
}

/// Why an organisation refuses the call, and until when; `None` if it allows the call.
fn refusal_of(org: &OrgCheck) -> Option<(Code, Option<Millis>)> {
    match org {
        OrgCheck::Inactive => Some((Code::OrgInactive, None)),
        // The vendor's gateway answers the same.
        OrgCheck::OtherApis => Some((Code::OrgRateLimited, None)),
        OrgCheck::Full(full) => Some((Code::org_full(full.limit), Some(full.until))),
        OrgCheck::Unlimited | OrgCheck::Taken | OrgCheck::OtherPolicies => None,
    }
}

/// The first of `ids` that is a key.
async fn check_key(
    service: &Service,
    question: &Question<'_>,
    ids: &[KeyId],
    take: Take,
    orgs: &OrgReads<'_>,
) -> Result<KeyCheck, Internal> {
    let settings = &service.settings;
    let owner = settings.apis.org(question.call.api);
    let rules = |key: &Key| {
        if !settings.apis.exists(question.call.api) {
            return Err(Barred::Api);
        }
        if settings.tyk_edition == TykEdition::Documented && key.needs_more_than_its_token() {
            return Err(Barred::Credential);
        }
        // Policies of one organisation say nothing about the APIs of another.
        if owner.is_some_and(|owner| key.plan.as_ref().is_some_and(|plan| plan.org != *owner)) {
            return Err(Barred::Policies);
        }
        judge(key, &question.call, settings.allow_master_keys, take.now)
    };
    for id in ids {
        let checked = service.store.take_from_key(*id, take, (owner, orgs), rules).await?;
        if !matches!(checked, KeyCheck::Unknown) {
            return Ok(checked);
        }
    }
    Ok(KeyCheck::Unknown)
}

/// The keys that the presented text can mean, in the order to try them. A short text is first tried
/// as a name in the API's organisation.
fn ids(service: &Service, question: &Question<'_>) -> Result<Vec<KeyId>, NotGiven> {
    let ids = service.secrets.ids()?;
    if question.presented.len() < service.settings.min_token_length {
        return Ok(Vec::new());
    }
    let token = Token::presented(question.presented);
    let id = match presented(&token, ids) {
        Presented::Impossible => return Ok(Vec::new()),
        Presented::Token(Dialect::Gmi | Dialect::Requesty, id) => return Ok(vec![id]),
        Presented::Token(Dialect::Tyk, id) => id,
    };
    let named = service.settings.apis.org(question.call.api).and_then(|org| Token::named(org, question.presented));
    let named = named.filter(|named| *named != token).map(|named| KeyId::of(&named, ids));
    // A long text is most likely a generated token, and trying that first finds it with one read.
    let generated = question.presented.len() >= GENERATED_LENGTH;
    let (first, second) = if generated { (Some(id), named) } else { (named, Some(id)) };
    Ok(first.into_iter().chain(second).collect())
}

/// Bytes of the shortest generated token.
const GENERATED_LENGTH: usize = 32;

/// Checks the organisation whose limits apply: that of the API, else that of the key. It also
/// confirms the policies by which the key was judged.
async fn check_org(
    service: &Service,
    owner: Option<&OrgId>,
    admission: &KeyAdmission,
    api: &str,
    take: Take,
    orgs: &OrgReads<'_>,
) -> Result<OrgCheck, StoreError> {
    let plan = admission.plan();
    let org = owner.or(admission.org()).filter(|_| service.settings.enforce_org_limits);
    let followed = plan.filter(|plan| org == Some(&plan.org)).map(|plan| plan.epoch);
    if let Some(plan) = plan.filter(|_| followed.is_none()) {
        let confirmed = service.store.confirm_policies(&plan.org, plan.epoch, orgs).await?;
        if matches!(confirmed, OrgCheck::OtherPolicies) {
            return Ok(confirmed);
        }
    }
    match org {
        Some(org) => service.store.take_from_org(org, api, take, orgs, followed).await,
        None => Ok(OrgCheck::Unlimited),
    }
}

/// Reads the organisation that is likely to be needed: for its limits, or for the epoch of its
/// policies.
async fn read_ahead(
    service: &Service,
    gate: GateScope,
    owner: Option<&OrgId>,
    ids: &[KeyId],
    orgs: &OrgReads<'_>,
) -> Result<(), StoreError> {
    let remembered = ids.iter().find_map(|id| service.store.remembered_owner(gate, *id));
    let follows = remembered.as_ref().is_some_and(|(_, follows)| *follows);
    if !service.settings.enforce_org_limits && !follows {
        return Ok(());
    }
    let likely = owner.cloned().or_else(|| remembered.map(|(org, _)| org));
    match likely {
        Some(org) if service.settings.enforce_org_limits => orgs.ahead(&org).await,
        Some(org) => orgs.epoch(&org).await.map(drop),
        None => Ok(()),
    }
}
