//! `GET /api/v1/me/api-keys/current`: what the key is that the caller holds.

use latchkey_shared::auth::KeyHolder;
use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::key_config;

/// Tells the holder of a key about it. A key that is gone is unknown, whether or not its time was over.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let holder = KeyHolder::from_bearer(service.secrets.ids()?, request).map_err(|_| Failure::NotAKey)?;
    let now = service.clock.now();
    let key = service.store.find(&holder.scope(request), holder.id(), now).await?.ok_or(Failure::NotAKey)?;
    if key.config.usable_until <= now {
        return Err(Failure::KeyExpired);
    }
    Ok(gmi::shown(&key_config::shown_to_holder(&key)))
}
