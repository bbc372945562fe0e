//! `GET /v1/keys/{key_id}`: all that an operator sees of a key of any dialect: never its token or a secret.

use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::keys::{Key, KeyId, SharedName};
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, Organizations};

use super::answer;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-get-key",
    summary: "Shows a key of any dialect, and what is left of its limits.",
    routes: &[Route::new("GET", "/v1/keys/{key_id}")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem]), (Organizations, &[GetItem, BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Shows the key as its policies make it, as the next call would find it.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let id = KeyId::parse(request.param("key_id")).ok_or(Failure::NoSuchKey)?;
    let (store, now) = (&service.store, service.clock.now());
    let key = store.key(admin.operator(), id, now).await?.ok_or(Failure::NoSuchKey)?;
    let mut key = planned(service, request, &admin, key).await?;
    if let Some(name) = SharedName::of(&key, service.secrets.ids()?) {
        store.shared_windows(&name).await?.show_in(&mut key.config.limits, now);
    }
    Ok(gate::shown_key(&key, now))
}

/// The key as its policies make it. One read, if it names any.
async fn planned(service: &Service, request: &Request, admin: &Admin, key: Key) -> Result<Key, Failure> {
    if !key.config.follows_policies() {
        return Ok(key);
    }
    let org = key.policy_org(None);
    let names = key.config.policies.iter().map(String::as_str);
    let found = service.store.policies(&admin.everywhere(key.dialect, request), &org, names).await?;
    let followed = key.followed;
    Ok(key.planned((org, followed), |name| found.live(name), None, service.clock.now()))
}
