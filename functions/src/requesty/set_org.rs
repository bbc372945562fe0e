//! `PUT /v1/manage/org`: what an organisation is called, and its balance. For the administrator; the balance blocks nobody.

use latchkey_shared::auth::Admin;
use latchkey_shared::auth::api_key::credential;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::keys::Dialect;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::OrgProfile;

use super::body::{Body, missing};
use super::get_org::Organisation;
use super::maker::named_org;

/// Sets what the body tells, and shows the organisation as it is then.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    credential(request)?;
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let org = named_org(request)?;
    let body = Body::read(request).await?;
    let told = OrgProfile { name: body.name()?, balance: body.money("balance")? };
    if told == OrgProfile::default() {
        return Err(missing("name or balance"));
    }
    let scope = admin.of_org(Dialect::Requesty, &org, request);
    let set = service.store.set_org_profile(&scope, &org, &told, service.clock.now()).await?;
    Ok(requesty::found(&Organisation::of(&org, set)))
}
