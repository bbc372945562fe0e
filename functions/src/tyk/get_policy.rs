//! `GET /tyk/policies/{polID}`: shows a policy. Of several organisations' policies with one id, it is the one that was
//! changed last; `org_id` chooses.

use latchkey_shared::access::DialectScope;
use latchkey_shared::envelope::tyk::{self, Failure, Refusal, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::policies::PolicyId;
use latchkey_shared::runtime::function::Action::{BatchGetItem, Query};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::StoredPolicy;
use latchkey_shared::store::Table::Organizations;

use super::policy_object::PolicyView;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-get-policy",
    summary: "Shows a policy.",
    routes: &[Route::new("GET", "/tyk/policies/{polID}")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[BatchGetItem, Query])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::READ, s, r, handle))),
};

pub(crate) const NO_SUCH_POLICY: Failure = Failure::Refused("no_such_policy", Refusal::not_found("Policy not found"));

async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let found = named(service, request, &scope).await?.ok_or(NO_SUCH_POLICY)?;
    Ok(tyk::success(&PolicyView::of(&found.policy)))
}

/// The policy that the path names.
pub(super) async fn named(
    service: &Service,
    request: &Request,
    scope: &DialectScope,
) -> Result<Option<StoredPolicy>, Failure> {
    let Some(id) = PolicyId::parse(request.param("polID")) else { return Ok(None) };
    if request.query.has("org_id") {
        let org = OrgId::parse(request.query.get("org_id"))?;
        return Ok(service.store.policies(scope, &org, [id.as_str()]).await?.into_live(&id));
    }
    Ok(service.store.policies_with_id(scope, &id).await?.into_iter().next())
}
