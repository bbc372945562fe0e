//! `GET /v1/manage/org`: shows the name and the balance of the caller's organisation.

use latchkey_shared::access::RequestyPermission;
use latchkey_shared::auth::RequestyCaller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::limits::Money;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::GetItem;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::OrgProfile;
use latchkey_shared::store::Table::{Keys, Organizations};
use serde::Serialize;

use super::answer;
use super::caller::permitted;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-get-org",
    summary: "Shows the name and the balance of the organisation.",
    routes: &[Route::new("GET", "/v1/manage/org")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem]), (Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// An organisation in answers.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct Organisation {
    name: String,
    balance: Money,
}

impl Organisation {
    /// An organisation without a name shows its id instead.
    pub(super) fn of(org: &OrgId, profile: OrgProfile) -> Self {
        let name = profile.name.unwrap_or_else(|| org.as_str().to_owned());
        Self { name, balance: profile.balance.unwrap_or_default() }
    }
}

/// Shows the organisation to a key that may read it.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let caller = RequestyCaller::find(service, request).await?;
    permitted(&caller, RequestyPermission::Read)?;
    let profile = service.store.org_profile(&caller.scope(request)).await?;
    Ok(requesty::found(&Organisation::of(caller.org(), profile)))
}
