//! `PUT /v1/manage/org`: sets the name and the balance of an organisation. Only for the
//! administrator; the balance is not enforced.

use latchkey_shared::auth::Admin;
use latchkey_shared::auth::bearer::{Form, bearer};
use latchkey_shared::auth::requesty_key::NoCaller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::keys::Dialect;
use latchkey_shared::runtime::function::Action::{GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::OrgProfile;
use latchkey_shared::store::Table::{Audit, Organizations};

use super::answer;
use super::body::{Body, missing};
use super::creator::named_org;
use super::get_org::Organisation;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-set-org",
    summary: "Sets the name and the balance of an organisation.",
    routes: &[Route::new("PUT", "/v1/manage/org")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Sets the fields in the body, and shows the changed organisation.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    bearer(request, Form::Text).map_err(NoCaller::from)?;
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let org = named_org(request)?;
    let body = Body::read(request).await?;
    let changes = OrgProfile { name: body.name()?, balance: body.money("balance")? };
    if changes == OrgProfile::default() {
        return Err(missing("name or balance"));
    }
    let scope = admin.of_org(Dialect::Requesty, &org, request);
    let set = service.store.set_org_profile(&scope, &changes, service.clock.now()).await?;
    Ok(requesty::found(&Organisation::of(&org, set)))
}
