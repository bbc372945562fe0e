//! The functions of the Tyk dialect.

use latchkey_shared::envelope::tyk::{self, Failure, Operation};
use latchkey_shared::runtime::function::Action::{DeleteItem, GetItem, PutItem, Query, Scan, UpdateItem};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};

use super::route;
use crate::bounded::bounded;
use crate::tyk as endpoints;

/// Makes a key with a random token.
pub const TYK_CREATE_KEY: Function = Function {
    name: "tyk-create-key",
    routes: &[route("POST", "/tyk/keys/create")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::CreateKey, s, r, endpoints::create_key::handle(s, r)))),
};

/// Shows a key as it would be made; reaches no table.
pub const TYK_PREVIEW_KEY: Function = Function {
    name: "tyk-preview-key",
    routes: &[route("POST", "/tyk/keys/preview")],
    secrets: &[Secret::Admin],
    access: &[],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::PreviewKey, s, r, endpoints::preview_key::handle(s, r)))),
};

/// Replaces the policies of a key.
pub const TYK_ASSIGN_POLICIES: Function = Function {
    name: "tyk-assign-policies",
    routes: &[route("POST", "/tyk/keys/policy/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, UpdateItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| {
        Box::pin(tyk(Operation::AssignPolicies, s, r, endpoints::assign_policies::handle(s, r)))
    }),
};

/// Adds or replaces a key under the name that the caller chose.
pub const TYK_UPSERT_KEY: Function = Function {
    name: "tyk-upsert-key",
    routes: &[
        route("POST", "/tyk/keys"),
        route("PUT", "/tyk/keys"),
        route("POST", "/tyk/keys/{keyName}"),
        route("PUT", "/tyk/keys/{keyName}"),
    ],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem, UpdateItem]), (OrgKeys, &[PutItem, DeleteItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::UpsertKey, s, r, endpoints::upsert_key::handle(s, r)))),
};

/// Shows a key.
pub const TYK_GET_KEY: Function = Function {
    name: "tyk-get-key",
    routes: &[route("GET", "/tyk/keys/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem]), (Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::GetKey, s, r, endpoints::get_key::handle(s, r)))),
};

/// Lists keys.
pub const TYK_LIST_KEYS: Function = Function {
    name: "tyk-list-keys",
    // A route of an HTTP API cannot end in a slash, so the documented one takes the rest of the path.
    routes: &[route("GET", "/tyk/keys"), route("GET", "/tyk/keys/{proxy+}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem]), (OrgKeys, &[Query, Scan])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::ListKeys, s, r, endpoints::list_keys::handle(s, r)))),
};

/// Deletes a key.
pub const TYK_DELETE_KEY: Function = Function {
    name: "tyk-delete-key",
    routes: &[route("DELETE", "/tyk/keys/{keyName}"), route("DELETE", "/tyk/keys")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem, UpdateItem]), (OrgKeys, &[PutItem, DeleteItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::DeleteKey, s, r, endpoints::delete_key::handle(s, r)))),
};

/// Adds or replaces the limits of an organisation.
pub const TYK_UPSERT_ORG: Function = Function {
    name: "tyk-upsert-org",
    routes: &[route("POST", "/tyk/org/keys/{orgID}"), route("PUT", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::UpsertOrg, s, r, endpoints::upsert_org::handle(s, r)))),
};

/// Shows the limits of an organisation.
pub const TYK_GET_ORG: Function = Function {
    name: "tyk-get-org",
    routes: &[route("GET", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::GetOrg, s, r, endpoints::get_org::handle(s, r)))),
};

/// Lists the organisations that have limits.
pub const TYK_LIST_ORGS: Function = Function {
    name: "tyk-list-orgs",
    routes: &[route("GET", "/tyk/org/keys")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[Query])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::ListOrgs, s, r, endpoints::list_orgs::handle(s, r)))),
};

/// Deletes the limits of an organisation.
pub const TYK_DELETE_ORG: Function = Function {
    name: "tyk-delete-org",
    routes: &[route("DELETE", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[GetItem, UpdateItem, DeleteItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(tyk(Operation::DeleteOrg, s, r, endpoints::delete_org::handle(s, r)))),
};

/// Answers in the Tyk dialect.
async fn tyk(
    operation: Operation,
    service: &Service,
    request: &Request,
    outcome: impl Future<Output = Result<Response, Failure>>,
) -> Response {
    tyk::reply(operation, service.settings.tyk_edition, request, bounded(request, outcome).await)
}
