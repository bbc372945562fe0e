//! The functions of the GMI dialect.

use latchkey_shared::envelope::gmi::{self, Failure, Operation};
use latchkey_shared::runtime::function::Action::{
    BatchGetItem, ConditionCheckItem, DeleteItem, GetItem, PutItem, Query, UpdateItem,
};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::StoreError;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};

use super::route;
use crate::bounded::bounded;
use crate::gmi as endpoints;
use crate::rerun::settled;

/// Makes a key.
pub const GMI_CREATE_KEY: Function = Function {
    name: "gmi-create-key",
    routes: &[route("POST", "/api/v1/organizations/{orgId}/api-keys")],
    secrets: &[Secret::Session, Secret::Id, Secret::Seal],
    access: &[
        (Keys, &[GetItem, PutItem]),
        (OrgKeys, &[PutItem]),
        (Organizations, &[UpdateItem, ConditionCheckItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::CreateKey, s, r, endpoints::create_key::handle))),
};

/// Lists an organisation's keys.
pub const GMI_LIST_KEYS: Function = Function {
    name: "gmi-list-keys",
    routes: &[route("GET", "/api/v1/organizations/{orgId}/api-keys")],
    secrets: &[Secret::Session],
    access: &[(Keys, &[BatchGetItem]), (OrgKeys, &[Query]), (Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::ListKeys, s, r, endpoints::list_keys::handle))),
};

/// Deletes a key.
pub const GMI_DELETE_KEY: Function = Function {
    name: "gmi-delete-key",
    routes: &[route("DELETE", "/api/v1/organizations/{orgId}/api-keys/{apiKeyId}")],
    secrets: &[Secret::Session],
    access: &[
        (Keys, &[GetItem, UpdateItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Organizations, &[GetItem, UpdateItem, ConditionCheckItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::DeleteKey, s, r, endpoints::delete_key::handle))),
};

/// Tells a key's holder what it is.
pub const GMI_VERIFY_KEY: Function = Function {
    name: "gmi-verify-key",
    routes: &[route("GET", "/api/v1/me/api-keys/current")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::VerifyKey, s, r, endpoints::verify_key::handle))),
};

/// Tells a user who they are; takes a pending invitation.
pub const GMI_GET_PROFILE: Function = Function {
    name: "gmi-get-profile",
    routes: &[route("GET", "/api/v1/me/profile")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, BatchGetItem, PutItem, UpdateItem, DeleteItem, Query]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::GetProfile, s, r, endpoints::get_profile::handle))),
};

/// Joins an organisation by an invitation.
pub const GMI_ACCEPT_INVITATION: Function = Function {
    name: "gmi-accept-invitation",
    routes: &[route("POST", "/api/v1/me/invitations/{invitationId}/accept")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem, DeleteItem, Query]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| {
        Box::pin(gmi(Operation::AcceptInvitation, s, r, endpoints::accept_invitation::handle))
    }),
};

/// Turns an invitation down.
pub const GMI_DECLINE_INVITATION: Function = Function {
    name: "gmi-decline-invitation",
    routes: &[route("DELETE", "/api/v1/me/invitations/{invitationId}")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[DeleteItem, Query]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| {
        Box::pin(gmi(Operation::DeclineInvitation, s, r, endpoints::decline_invitation::handle))
    }),
};

/// Makes an organisation.
pub const GMI_REGISTER_ORG: Function = Function {
    name: "gmi-register-org",
    routes: &[route("POST", "/api/v1/organizations")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::RegisterOrg, s, r, endpoints::register_org::handle))),
};

/// Lists an organisation's members.
pub const GMI_LIST_USERS: Function = Function {
    name: "gmi-list-users",
    routes: &[route("GET", "/api/v1/organizations/{orgId}/users")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, Query])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::ListUsers, s, r, endpoints::list_users::handle))),
};

/// Invites by e-mail address.
pub const GMI_INVITE_USERS: Function = Function {
    name: "gmi-invite-users",
    routes: &[route("POST", "/api/v1/organizations/{orgId}/invitations/email")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, PutItem, ConditionCheckItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::InviteUsers, s, r, endpoints::invite_users::handle))),
};

/// Gives a member another role.
pub const GMI_SET_ROLE: Function = Function {
    name: "gmi-set-role",
    routes: &[route("PUT", "/api/v1/organizations/{orgId}/users/{userId+}")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, UpdateItem, ConditionCheckItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::SetRole, s, r, endpoints::set_role::handle))),
};

/// Removes a member.
pub const GMI_REMOVE_USER: Function = Function {
    name: "gmi-remove-user",
    routes: &[route("DELETE", "/api/v1/organizations/{orgId}/users/{userId+}")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, UpdateItem, DeleteItem, ConditionCheckItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(gmi(Operation::RemoveUser, s, r, endpoints::remove_user::handle))),
};

/// Answers in the GMI dialect.
async fn gmi<'a, H, F>(operation: Operation, service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    let changed = |failure: &Failure| matches!(failure, Failure::Store(StoreError::NoLonger));
    gmi::reply(operation, request, bounded(request, settled(service, request, handle, changed)).await)
}
