//! What a key is: its token, its id, its owner, what is sealed in it, and the rules by which it changes.

mod access;
mod credential;
mod gmi_token;
mod id;
pub mod idempotency;
mod organisation;
mod permissions;
mod presented;
mod record;
mod requesty_token;
mod reservation;
mod role;
pub mod rules;
mod scope;
mod seal;
mod shared_name;
mod size;
mod token;
mod user;

pub use access::{Access, TooExpensive};
pub use id::KeyId;
pub use idempotency::Repeatable;
pub use organisation::OrgId;
pub use permissions::{Permission, Permissions};
pub use presented::{Presented, presented};
pub use record::{Config, Key, OrgLimits, kept};
pub use reservation::{Forged, Reservation};
pub use role::Role;
pub(crate) use scope::Standing;
pub use scope::{Dialect, Scope};
pub use seal::{Purpose, Sealed, Sealer, Unsealable};
pub use shared_name::SharedName;
pub use token::{InvalidToken, Token};
pub use user::{Email, InvalidUserId, Person, UserId};
