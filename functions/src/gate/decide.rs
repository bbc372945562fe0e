//! The decision: the key's rules, its limits, then those of the API's organisation. A refused call consumes nothing.

use latchkey_shared::access::GateScope;
use latchkey_shared::access::rules::{Applying, judge};
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::keys::{Dialect, Key, KeyId, Presented, Token, presented};
use latchkey_shared::limits::Money;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::rights::{Barred, Call};
use latchkey_shared::runtime::function::Action::{self, GetItem, UpdateItem};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::NotGiven;
use latchkey_shared::settings::TykEdition;
use latchkey_shared::store::Table::{self, Keys, Organizations, Usage};
use latchkey_shared::store::{KeyCheck, OrgCheck, OrgRead, StoreError, Take};

use super::checked::Checked;

/// What a decision touches: keys and organisations' limits, and the use of hours that are over.
pub const ACCESS: &[(Table, &[Action])] =
    &[(Keys, &[GetItem, UpdateItem]), (Organizations, &[GetItem, UpdateItem]), (Usage, &[UpdateItem])];

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the consumer presented: a token, or the name of one in the organisation of the API.
    pub presented: &'a str,
    /// What the consumer is about to do.
    pub call: Call<'a>,
    /// The units that it costs, from 0 on; 0 only looks.
    pub cost: i64,
    /// The money to reserve for it.
    pub spend: Money,
}

/// The answer.
#[derive(Debug)]
pub struct Decision {
    /// Yes, or why not.
    pub code: Code,
    /// The key, if there is one, as it is after the decision, and which of its limits hold.
    pub key: Option<(Key, Applying)>,
    /// When a refusal by a limit is over; `None` when it never is, or another reason was given.
    pub until: Option<Millis>,
    /// The moment it was decided for.
    pub now: Millis,
}

/// No decision could be made.
#[derive(Debug)]
pub enum Undecided {
    /// The store failed.
    Store(StoreError),
    /// The function lacks a secret.
    NotGiven,
}

impl From<StoreError> for Undecided {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotGiven> for Undecided {
    fn from(NotGiven: NotGiven) -> Self {
        Self::NotGiven
    }
}

/// Decides, and takes what the call costs if the answer is yes.
///
/// Where the API's owner is known, the limits of that organisation hold, whosever the key is; else those of the key's own.
///
/// # Errors
/// When the store fails: that is neither a yes nor a no.
pub async fn decide(service: &Service, gate: GateScope, question: &Question<'_>) -> Result<Decision, Undecided> {
    let now = service.clock.now();
    let take = Take::new(gate, question.cost, question.spend.nanos(), now);
    let owner = service.settings.apis.org(question.call.api);
    let ids = ids(service, question)?;
    // The organisation is read while the key's update is under way, where it is known beforehand.
    let likely = owner.cloned().or_else(|| ids.iter().find_map(|id| service.store.remembered_owner(gate, *id)));
    let (key, ahead) = tokio::join!(check_key(service, question, &ids, take), read_ahead(service, gate, likely));
    let (mut checked, ahead) = (Checked::of(service, key?, take).await?, ahead?);
    let refused = checked.refusal();
    // An organisation's refusal is told before a key's, so a refused key's organisation is asked too.
    let org = match owner.or(checked.org()) {
        Some(org) => {
            let take = if refused.is_some() { take.looking() } else { take };
            check_org(service, org, question.call.api, take, ahead).await
        }
        None => Ok(OrgCheck::Unlimited),
    };
    // Of an organisation that changes too fast to be asked nothing was taken, so the key's comes back.
    if matches!(org, Err(StoreError::Contended)) {
        checked.give_back(service, take).await;
    }
    let refusal = refusal_of(&org?).or(refused);
    if refusal.is_some() {
        checked.give_back(service, take).await;
    }
    let (code, until) = refusal.unwrap_or((Code::Ok, None));
    Ok(Decision { code, key: checked.into_key(now), until, now })
}

/// Whether the organisation of the API `api` refuses everybody, whatever key they come with: the API's own answer
/// to a call without any.
///
/// # Errors
/// When the store fails.
pub async fn org_of_api_refuses(service: &Service, gate: GateScope, api: &str) -> Result<Option<Code>, Undecided> {
    let Some(org) = service.settings.apis.org(api) else { return Ok(None) };
    let look = Take::new(gate, 1, 0, service.clock.now()).looking();
    let checked = check_org(service, org, api, look, None).await?;
    Ok(refusal_of(&checked).map(|(code, _)| code))
}

/// Why an organisation refuses, and until when; `None` when it does not.
fn refusal_of(org: &OrgCheck) -> Option<(Code, Option<Millis>)> {
    match org {
        OrgCheck::Inactive => Some((Code::OrgInactive, None)),
        // The gateway's own answer to that.
        OrgCheck::OtherApis => Some((Code::OrgRateLimited, None)),
        OrgCheck::Full(full) => Some((Code::org_full(full.limit), Some(full.until))),
        OrgCheck::Unlimited | OrgCheck::Taken => None,
    }
}

/// The first of `ids` that is a key.
async fn check_key(
    service: &Service,
    question: &Question<'_>,
    ids: &[KeyId],
    take: Take,
) -> Result<KeyCheck, Undecided> {
    let settings = &service.settings;
    let rules = |key: &Key| {
        if !settings.apis.exists(question.call.api) {
            return Err(Barred::Api);
        }
        if settings.tyk_edition == TykEdition::Documented && key.needs_more_than_its_token() {
            return Err(Barred::Credential);
        }
        judge(key, &question.call, settings.allow_master_keys, take.now)
    };
    for id in ids {
        let checked = service.store.take_from_key(*id, take, rules).await?;
        if !matches!(checked, KeyCheck::Unknown) {
            return Ok(checked);
        }
    }
    Ok(KeyCheck::Unknown)
}

/// The keys that the presented text may stand for, to be tried in this order: a short name is first taken as one of the
/// API's organisation.
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
    // A generated token is the likelier by far, and it is found at once.
    let generated = question.presented.len() >= GENERATED_LENGTH;
    let (first, second) = if generated { (Some(id), named) } else { (named, Some(id)) };
    Ok(first.into_iter().chain(second).collect())
}

/// Bytes of the shortest generated token.
const GENERATED_LENGTH: usize = 32;

async fn check_org(
    service: &Service,
    org: &OrgId,
    api: &str,
    take: Take,
    ahead: Option<OrgRead>,
) -> Result<OrgCheck, StoreError> {
    if !service.settings.enforce_org_limits {
        return Ok(OrgCheck::Unlimited);
    }
    service.store.take_from_org(org, api, take, ahead).await
}

async fn read_ahead(service: &Service, gate: GateScope, likely: Option<OrgId>) -> Result<Option<OrgRead>, StoreError> {
    match likely.filter(|_| service.settings.enforce_org_limits) {
        Some(org) => service.store.read_org_ahead(gate, org).await,
        None => Ok(None),
    }
}
