//! `POST /v1/manage/apikey/{id}/expiry`: sets when a key expires. An expired key stays expired.

use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::limits::BIG;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use super::body::Body;
use super::caller::KeyRequest;
use super::update_key::{self, update_key};
use super::{answer, time};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-set-expiry",
    summary: "Sets when a key expires.",
    routes: &[Route::new("POST", "/v1/manage/apikey/{api_key_id}/expiry")],
    secrets: &[Secret::Id],
    access: update_key::ACCESS,
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Sets or removes the expiry.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let target = KeyRequest::of(service, request).await?;
    let scope = target.may_change(request)?;
    let now = service.clock.now();
    let until = expiry(&Body::read(request).await?, now)?;
    update_key(service, &target, &scope, |config| {
        if config.usable_until <= now {
            return Err(Failure::Expired);
        }
        config.usable_until = until;
        Ok(())
    })
    .await
}

/// The expiry in the body. The key never expires if it is null or missing.
fn expiry(body: &Body, now: Millis) -> Result<Millis, Failure> {
    let invalid = |problem| Failure::Invalid("expires_at".into(), problem);
    let problem = "must be a time in RFC 3339, such as 2026-01-15T12:00:00Z, or null";
    let Some(text) = body.field::<String>("expires_at", problem)? else { return Ok(BIG) };
    let until = time::instant(&text).ok_or_else(|| invalid(problem))?.as_millisecond();
    if until > now { Ok(until) } else { Err(invalid("must be in the future")) }
}
