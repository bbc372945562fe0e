//! `GET /api/v1/me/api-keys/current`: shows the key that the caller presents.

use latchkey_shared::auth::GmiKeyHolder;
use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::GetItem;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::Keys;

use super::{answer, key_config};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-verify-key",
    summary: "Shows the key that the caller presents.",
    routes: &[Route::new("GET", "/api/v1/me/api-keys/current")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps::only(Step::reading(Group::ApiKey));

/// Shows the key. A deleted key is unknown, even if it had expired.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let holder = GmiKeyHolder::from_bearer(service.secrets.ids()?, request).map_err(|_| Failure::NotAKey)?;
    let now = service.clock.now();
    let key = service.store.find(&holder.scope(request), holder.id(), now).await?.ok_or(Failure::NotAKey)?;
    if key.config.usable_until <= now {
        return Err(Failure::KeyExpired);
    }
    Ok(gmi::shown(&key_config::shown_to_holder(&key)))
}
