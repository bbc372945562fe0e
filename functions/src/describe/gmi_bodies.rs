//! The bodies of the GMI dialect.
#![expect(dead_code, reason = "the fields are described, and read and written elsewhere")]

use utoipa::ToSchema;

/// A key to make.
#[derive(ToSchema)]
pub(super) struct NewKey {
    /// For people; need not be unique. Up to 255 characters without the spaces around it.
    #[schema(min_length = 1)]
    name: String,
    /// The API that the key may call; `ie_model` if it is missing or empty.
    #[schema(pattern = "^(ie_model|ce_resource)?$")]
    scope: Option<String>,
    /// When it expires, in Unix seconds; 0 for never.
    #[serde(rename = "expiresAt")]
    expires_at: Option<i64>,
    /// The old name of `scope`, used only if `scope` is missing or empty.
    r#type: Option<String>,
}

/// The id of the API that a key may call.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Scope {
    IeModel,
    CeResource,
}

/// The token of a new key, which no other answer shows.
#[derive(ToSchema)]
#[schema(as = CreatedKey)]
pub(super) struct Created {
    key: String,
}

/// Keys, newest first.
#[derive(ToSchema)]
pub(super) struct KeyList {
    keys: Vec<Key>,
}

/// A key in a list.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Key {
    #[schema(format = Uuid)]
    id: String,
    name: String,
    scope: Scope,
    /// The same as `scope`.
    r#type: Scope,
    /// The end of the token, to recognise it by.
    partial_key: String,
    /// In Unix seconds.
    created_at: i64,
    /// In Unix seconds; absent if the key never expires.
    #[schema(nullable = false)]
    expires_at: Option<i64>,
    owner: Owner,
}

/// The user who made a key.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Owner {
    id: String,
    first_name: String,
    last_name: String,
}

/// The key that the caller presents.
#[derive(ToSchema)]
#[schema(as = PresentedKey)]
pub(super) struct HeldKey {
    key: Held,
    organization: OrganizationId,
}

#[derive(ToSchema)]
#[schema(as = KeyDetails)]
struct Held {
    #[schema(format = Uuid)]
    id: String,
    scope: Scope,
    /// The same as `scope`.
    r#type: Scope,
    owner: OwnerId,
}

#[derive(ToSchema)]
struct OwnerId {
    id: String,
}

#[derive(ToSchema)]
struct OrganizationId {
    #[schema(format = Uuid)]
    id: String,
}

/// An organisation to register.
#[derive(ToSchema)]
pub(super) struct NewOrganization {
    /// Up to 255 characters without the spaces around it.
    #[schema(min_length = 1)]
    name: String,
}

/// The id of the new organisation.
#[derive(ToSchema)]
#[schema(as = RegisteredOrganization)]
pub(super) struct Registered {
    #[schema(format = Uuid)]
    id: String,
}

/// The user, and their organisation or the invitations to choose from.
#[derive(ToSchema)]
pub(super) struct Profile {
    user: User,
    #[schema(nullable = false)]
    organization: Option<Membership>,
    /// If several organisations invite the user, who belongs to none.
    #[schema(nullable = false)]
    invitations: Option<Vec<Invitation>>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct User {
    id: String,
    email: String,
    first_name: String,
    last_name: String,
    /// In Unix seconds.
    #[schema(nullable = false)]
    last_login_at: Option<i64>,
    #[schema(rename = "lastLoginIDP", nullable = false)]
    last_login_idp: Option<String>,
}

/// A user's organisation, and their role in it.
#[derive(ToSchema)]
struct Membership {
    #[schema(format = Uuid)]
    id: String,
    role: Role,
}

/// What a member may do. Owners may do everything; admins manage keys and members, but not owners.
#[derive(ToSchema)]
enum Role {
    #[schema(rename = "org_owner")]
    Owner,
    #[schema(rename = "org_admin")]
    Admin,
    #[schema(rename = "org_user")]
    User,
}

/// An invitation that the user may accept or decline.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Invitation {
    #[schema(format = Uuid)]
    id: String,
    organization: InvitingOrganization,
    role: Role,
    /// In Unix seconds.
    created_at: i64,
    /// In Unix seconds.
    expires_at: i64,
}

#[derive(ToSchema)]
struct InvitingOrganization {
    #[schema(format = Uuid)]
    id: String,
    name: String,
}

/// The organisation that the user joined.
#[derive(ToSchema)]
#[schema(as = AcceptedInvitation)]
pub(super) struct Accepted {
    organization: Membership,
}

/// Members, in the order of their ids.
#[derive(ToSchema)]
pub(super) struct MemberList {
    users: Vec<Member>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Member {
    id: String,
    email: String,
    first_name: String,
    last_name: String,
    org_role: Role,
    /// In Unix seconds.
    #[schema(nullable = false)]
    last_login_at: Option<i64>,
    #[schema(rename = "lastLoginIDP", nullable = false)]
    last_login_idp: Option<String>,
}

/// People to invite.
#[derive(ToSchema)]
#[schema(as = Invitations)]
pub(super) struct Invite {
    #[schema(min_items = 1, max_items = 40)]
    invitees: Vec<Invitee>,
}

#[derive(ToSchema)]
struct Invitee {
    #[schema(format = Email)]
    email: String,
    role: InviteeRole,
}

/// Nobody can be invited as an owner.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum InviteeRole {
    OrgAdmin,
    OrgUser,
}

/// Another role.
#[derive(ToSchema)]
pub(super) struct NewRole {
    role: Role,
}
