//! Organisations and the people in them, as identity providers and administrators name them.

mod gmi_role;
mod id;
mod user;

pub use gmi_role::GmiRole;
pub use id::{InvalidOrgId, OrgId};
pub use user::{Email, InvalidUserId, Person, UserId};
