//! `GET /v1/keys?org=&policy=`: the keys that name a policy, of all dialects, in the order in which they were made.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::gate::{self, Failure, Fault, ListedKey};
use latchkey_shared::keys::{Dialect, Key, KeyId};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::policies::PolicyId;
use latchkey_shared::runtime::function::Action::{self, BatchGetItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Query, Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Place;
use latchkey_shared::store::Table::{Keys, OrgKeys};

use super::answer;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-list-keys",
    summary: "Lists the keys that name a policy.",
    routes: &[Route::new("GET", "/v1/keys")],
    secrets: &[Secret::Admin],
    access: &[(OrgKeys, &[Action::Query]), (Keys, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

const PATH: &str = "/v1/keys";
/// Keys on a page: at most, and if the request does not say.
const MOST: usize = 100;

/// Answers one page. A page may have fewer keys than `limit`, if some have expired.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let Selection { org, policy, limit, after } = Selection::read(&request.query)?;
    let scope = |dialect| admin.everywhere(dialect, request);
    let page = service.store.keys_naming(&scope(Dialect::Tyk), (&org, &policy), after, limit).await?;
    let order: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    let mut listed: BTreeMap<KeyId, ListedKey> = BTreeMap::new();
    for dialect in Dialect::ALL {
        let ids: Vec<_> = page.rows.iter().filter(|row| row.dialect == dialect).map(|row| row.id).collect();
        let view = |key: &Key| Ok::<_, Failure>(Some((key.id, ListedKey::of(key))));
        if !ids.is_empty() {
            listed.extend(service.store.view_all(&scope(dialect), &ids, service.clock.now(), view).await?);
        }
    }
    let keys = order.iter().filter_map(|id| listed.remove(id)).collect();
    let next = page.next.map(|place| address(request, &org, &policy, limit, &place));
    Ok(gate::listed_keys(keys, next.as_deref()))
}

/// What a query selects.
struct Selection {
    org: OrgId,
    policy: PolicyId,
    limit: usize,
    after: Option<Place>,
}

impl Selection {
    /// Reads a query, and reports all of its faults at once.
    fn read(query: &Query) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let known = ["org", "policy", "limit", "cursor"];
        faults.extend(query.names().filter(|name| !known.contains(name)).map(|name| Fault::new(name, "is unknown")));
        let org = OrgId::parse(query.get("org")).map_err(|_| faults.push(Fault::new("org", "is no organisation id")));
        let policy = PolicyId::parse(query.get("policy"));
        if policy.is_none() {
            faults.push(Fault::new("policy", "must be the id of a policy"));
        }
        let limit = match query.get("limit") {
            "" => Some(MOST),
            limit => limit.parse().ok().filter(|limit| (1..=MOST).contains(limit)),
        };
        if limit.is_none() {
            faults.push(Fault::new("limit", "must be a whole number from 1 to 100"));
        }
        let after = match query.get("cursor") {
            "" => Some(None),
            cursor => place(cursor).map(Some),
        };
        if after.is_none() {
            faults.push(Fault::new("cursor", "was not returned by this list"));
        }
        match (org, policy, limit, after) {
            (Ok(org), Some(policy), Some(limit), Some(after)) if faults.is_empty() => {
                Ok(Self { org, policy, limit, after })
            }
            _ => Err(Failure::Malformed(faults)),
        }
    }
}

fn place(cursor: &str) -> Option<Place> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

fn address(request: &Request, org: &OrgId, policy: &PolicyId, limit: usize, place: &Place) -> String {
    let cursor = URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default());
    let (limit, org) = (limit.to_string(), org.as_str());
    let query = Query::encode(&[("org", org), ("policy", policy.as_str()), ("limit", &limit), ("cursor", &cursor)]);
    format!("{}{PATH}?{query}", request.base)
}
