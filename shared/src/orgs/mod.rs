//! Organisations and their users.

mod gmi_role;
mod id;
mod text_id;
mod user;

pub use gmi_role::GmiRole;
pub use id::{InvalidOrgId, OrgId};
pub use user::{Email, InvalidUserId, Person, UserId};
