//! What a key is: its token, its id, its owner, what is sealed in it, and the rules by which it changes.

mod id;
pub mod idempotency;
mod organisation;
mod record;
pub mod rules;
mod scope;
mod seal;
mod token;
mod urls;

pub use id::KeyId;
pub use idempotency::Repeatable;
pub use organisation::OrgId;
pub use record::{Config, Key, OrgLimits, kept};
pub use scope::{Dialect, Scope};
pub use seal::{Purpose, Sealed, Sealer, Unsealable};
pub use token::{InvalidToken, Token};
