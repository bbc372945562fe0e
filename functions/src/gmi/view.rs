//! Users and invitations in answers.

use latchkey_shared::orgs::{GmiRole, Person, UserId};
use latchkey_shared::store::{Membership, NamedInvitation};
use serde_json::{Value, json};

/// A user, without unknown details of their last sign-in.
pub(super) fn user(id: &UserId, person: &Person) -> Value {
    let mut user = json!({
        "id": id.as_str(), "email": person.email, "firstName": person.first_name, "lastName": person.last_name,
    });
    if let Some(at) = person.last_login_at {
        user["lastLoginAt"] = at.into();
    }
    if let Some(idp) = &person.last_login_idp {
        user["lastLoginIDP"] = idp.as_str().into();
    }
    user
}

/// A member of an organisation.
pub(super) fn member(membership: &Membership) -> Value {
    let mut member = user(&membership.user, &membership.person);
    member["orgRole"] = membership.role.as_str().into();
    member
}

/// A user's organisation and their role in it.
pub(super) fn organization(id: &str, role: GmiRole) -> Value {
    json!({"id": id, "role": role.as_str()})
}

/// An invitation that the user may accept or decline.
pub(super) fn invitation(named: &NamedInvitation) -> Value {
    let NamedInvitation { invitation, org_name } = named;
    json!({
        "id": invitation.id, "organization": {"id": invitation.org.as_str(), "name": org_name},
        "role": invitation.role.as_str(), "createdAt": invitation.made.div_euclid(1000),
        "expiresAt": invitation.end.div_euclid(1000),
    })
}
