//! `GET /api/v1/organizations/{orgId}/api-keys`: lists the keys that the caller may see, newest
//! first.

use std::cmp::Reverse;

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::keys::Key;
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem, Query};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, OrgKeys, Organizations};
use serde_json::json;

use super::validation::Faults;
use super::{answer, caller, key_config};
use crate::page::page_of_keys;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-list-keys",
    summary: "Lists the keys that the caller may see.",
    routes: &[Route::new("GET", "/api/v1/organizations/{orgId}/api-keys")],
    secrets: &[Secret::Session],
    access: &[(Keys, &[BatchGetItem]), (OrgKeys, &[Query]), (Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps::only(Step::listing(Group::ApiKey));

/// Lists all keys of the organisation if the caller manages it, else the caller's own keys.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(org) = faults.org(request) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;

    let place = |key: &Key| (Reverse(key_config::created_at(key)), key.id.to_string());
    let view = |key: &Key| {
        let is_seen = member.sees(key_config::owner(key));
        Ok::<_, Failure>(is_seen.then(|| (place(key), key_config::entry(key))))
    };
    let page = page_of_keys(service, request, member.scope(), view).await?;
    Ok(gmi::listed(&json!({"keys": page.entries}), page.next.as_deref()))
}
