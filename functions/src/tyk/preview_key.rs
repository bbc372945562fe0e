//! `POST /tyk/keys/preview`: shows a key as it would be created. Nothing is stored.

use latchkey_shared::envelope::tyk::{self, Failure, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::BatchGetItem;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::Organizations;

use super::create_key::UNMARSHALLING_FAILED;
use super::policies::Governed;
use super::session::Session;
use super::{answer, caller, key_config, view};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-preview-key",
    summary: "Shows a key as it would be created, and stores nothing.",
    routes: &[Route::new("POST", "/tyk/keys/preview")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

pub(crate) const REFUSALS: Refusals = Refusals { malformed: UNMARSHALLING_FAILED, ..Refusals::READ };

/// Shows the session with the dates it would get.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let (mut session, warnings) = Session::first_value(request.body().await?)?;
    // A create would refuse access rights that are too expensive.
    key_config::access(&mut session.clone())?;
    let now = service.clock.timestamp();
    session.touch(now);
    session.set("date_created", now.to_string());
    let org = OrgId::parse(session.text("org_id"))?;
    if let Some(governed) = Governed::of(service, &scope, &session, &org).await? {
        session = governed.merged;
    }
    Ok(tyk::warned(tyk::success(&view::shown(session)), &warnings.text()))
}
