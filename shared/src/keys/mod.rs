//! What a key is: its token, its id, its owner, what is sealed in it, and how its creation is
//! repeated.

mod dialect;
mod id;
pub mod idempotency;
mod key;
mod key_config;
mod plan;
mod reservation;
mod shared_name;
mod size;
mod token;
mod tyk_binding;

pub use dialect::Dialect;
pub use id::KeyId;
pub use idempotency::Repeatable;
pub use key::{Key, kept};
pub use key_config::{KeyConfig, OrgLimits};
pub use plan::Plan;
pub use reservation::{Forged, Reservation};
pub use shared_name::SharedName;
pub use token::{InvalidToken, Presented, Token, presented};
