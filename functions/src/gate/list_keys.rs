//! `GET /v1/keys`: the keys of every dialect, of one organisation or of all, by what they are.

use latchkey_shared::auth::Admin;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gate::{self, Failure, KeyState, ListedKey};
use latchkey_shared::keys::{Dialect, Key};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::policies::PolicyId;
use latchkey_shared::runtime::function::Action::{self, BatchGetItem, Scan};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Query, Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, OrgKeys};
use latchkey_shared::store::{Walk, WalkPlace};
use serde_json::Value;

use super::answer;
use super::parameters::{MOST, Parameters, query_after};
use crate::page::Room;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-list-keys",
    summary: "Lists keys of all dialects.",
    routes: &[Route::new("GET", "/v1/keys")],
    secrets: &[Secret::Admin],
    access: &[(OrgKeys, &[Action::Query, Scan]), (Keys, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// How many parts of the walk, of at most a hundred keys each, one page may take.
const MAX_STRETCHES: usize = 5;

/// Answers one page. It looks at a bounded number of keys, however many there are: if few of them
/// match, the page has fewer keys than `limit`, and the next one goes on.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let selection = Selection::read(&request.query)?;
    let (keys, next) = page(service, &admin, &selection).await?;
    let next = next.map(|place| format!("{}{}", request.address(), query_after(&request.query, &[], &place)));
    Ok(gate::listed_keys(keys, next.as_deref()))
}

/// The keys of a page, and where the next one begins.
async fn page(
    service: &Service,
    admin: &Admin,
    selection: &Selection<'_>,
) -> Result<(Vec<ListedKey>, Option<WalkPlace>), Failure> {
    let Selection { walk, filter, limit, after } = selection;
    let (store, now) = (&service.store, service.clock.now());
    let (mut keys, mut room, mut last) = (Vec::new(), Room::default(), after.clone());
    for stretch in 0..MAX_STRETCHES {
        // If the first part does not fill the page, few keys match, and the next ones are as long as they can be.
        let most = if stretch == 0 && filter.takes_all(walk) { *limit } else { MOST };
        let part = store.walk(admin.operator(), walk, &filter.dialects, last.clone(), most).await?;
        let found = store.keys_met(admin.operator(), &part.met, now).await?;
        for (id, place) in part.met {
            if keys.len() == *limit {
                return Ok((keys, last));
            }
            if let Some(key) = found.iter().find(|key| key.id == id && filter.takes(key, now)) {
                let key = ListedKey::of(key, now);
                if !room.takes(&key) {
                    return Ok((keys, last));
                }
                keys.push(key);
            }
            last = Some(place);
        }
        last = part.next;
        if last.is_none() || keys.len() == *limit {
            break;
        }
    }
    Ok((keys, last))
}

/// What a query selects.
struct Selection<'a> {
    walk: Walk,
    filter: Filter<'a>,
    limit: usize,
    after: Option<WalkPlace>,
}

/// Which of the keys that a walk meets are listed.
struct Filter<'a> {
    org: Option<OrgId>,
    dialects: Vec<Dialect>,
    alias: Option<&'a str>,
    tag: Option<&'a str>,
    state: Option<KeyState>,
    policy: Option<PolicyId>,
    expires_before: Option<Millis>,
}

impl<'a> Selection<'a> {
    const KNOWN: [&'static str; 9] =
        ["org", "dialect", "alias", "tag", "state", "policy", "expires_before", "limit", "cursor"];

    /// Reads a query, and reports all of its faults at once.
    fn read(query: &'a Query) -> Result<Self, Failure> {
        let mut parameters = Parameters::read(query, &Self::KNOWN);
        let state = |name: &str| KeyState::ALL.into_iter().find(|state| state.as_str() == name);
        let dialect = parameters.parsed("dialect", "must be tyk, gmi or requesty", Dialect::named);
        let filter = Filter {
            org: parameters.org(),
            dialects: dialect.map_or_else(|| Dialect::ALL.to_vec(), |dialect| vec![dialect]),
            alias: parameters.text("alias"),
            tag: parameters.text("tag"),
            state: parameters.parsed("state", "must be active, inactive or expired", state),
            policy: parameters.parsed("policy", "must be the id of a policy", PolicyId::parse),
            expires_before: parameters.instant("expires_before"),
        };
        let walk = match (&filter.org, &filter.policy) {
            (None, _) => Walk::Everywhere,
            (Some(org), None) => Walk::Org(org.clone()),
            (Some(org), Some(policy)) => Walk::Policy(org.clone(), policy.clone()),
        };
        let (limit, after) = (parameters.limit(), parameters.cursor(|place| walk.has(place)));
        parameters.finish(Some(Self { walk, filter, limit, after }))
    }
}

impl Filter<'_> {
    /// Whether nearly every key of the walk is listed.
    fn takes_all(&self, walk: &Walk) -> bool {
        let by_policy = self.policy.is_some() && !matches!(walk, Walk::Policy(..));
        let by_row =
            self.alias.is_some() || self.tag.is_some() || self.state.is_some() || self.expires_before.is_some();
        !by_policy && !by_row
    }

    fn takes(&self, key: &Key, now: Millis) -> bool {
        let alias = gate::alias(key).and_then(Value::as_str).unwrap_or_default();
        self.org.as_ref().is_none_or(|org| *org == key.org)
            && self.dialects.contains(&key.dialect)
            && self.alias.is_none_or(|wanted| wanted == alias)
            && self.tag.is_none_or(|wanted| gate::tags(key).any(|tag| tag == wanted))
            && self.state.is_none_or(|wanted| wanted == KeyState::of(key, now))
            && self.policy.as_ref().is_none_or(|wanted| key.config.policies.iter().any(|id| id == wanted.as_str()))
            && self.expires_before.is_none_or(|before| key.config.usable_until < before)
    }
}
