//! `POST /tyk/keys/preview`: a key as it would be made. Nothing is stored.

use latchkey_shared::envelope::tyk::{self, Failure};
use latchkey_shared::envelope::warned;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::session::Session;
use super::{caller, key_config, view};

/// Shows the session with the dates it would get.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    caller::admin(&service.secrets, request)?;
    let (mut session, warnings) = Session::first_value(request.body().await?).map_err(|_| Failure::Malformed)?;
    // What could not be made is not shown either.
    key_config::access(&mut session.clone())?;
    let now = service.clock.timestamp();
    session.touch(now);
    session.set("date_created", now.to_string());
    Ok(warned(tyk::success(&view::shown(session)), &warnings.text()))
}
