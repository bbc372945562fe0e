//! `POST` and `PUT /tyk/org/keys/{orgID}`: adds or replaces the limits of a whole organisation.

use http::Method;
use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};
use latchkey_shared::store::{Counters, OrgChange, org_binding};

use super::session::Session;
use super::{answer, caller, key_config, password, query};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-upsert-org",
    summary: "Creates or replaces the limits of an organisation.",
    routes: &[Route::new("POST", "/tyk/org/keys/{orgID}"), Route::new("PUT", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

pub(crate) const REFUSALS: Refusals = Refusals {
    internal: Refusal::server_error("Error writing to key store the key store is unavailable"),
    ..Refusals::USUAL
};

/// Replaces the whole session. Its counters continue unless the request resets them.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let org = OrgId::parse(request.param("orgID"))?;
    let (mut session, mut warnings) = Session::first_value(request.body().await?)?;
    if let Some(hash) = password::hash(&session).await? {
        password::set(&mut session, "password", &hash);
    }
    let now = service.clock.timestamp();
    session.touch(now);
    let reset = query::flag(request, "reset_quota", &mut warnings);
    if reset {
        session.renew_quota(now, session.int("quota_renewal_rate"));
        session.refill_quota();
    }
    let counters = if reset { Counters::Reset } else { Counters::RunOn };
    let sealer = service.secrets.sealer()?;
    let config = key_config::config(session, None, sealer, &org_binding(&org), now.as_millisecond())?;
    let put = |_: Option<&_>| Ok::<_, Failure>(OrgChange::Put(Box::new(config.clone()), counters));
    service.store.change_org_limits(&scope.within(&org), now.as_millisecond(), put).await?;

    let action = if request.method == Method::PUT { KeyAction::Modified } else { KeyAction::Added };
    Ok(tyk::warned(tyk::done(org.as_str(), action, service.settings.tyk_edition), &warnings.text()))
}
