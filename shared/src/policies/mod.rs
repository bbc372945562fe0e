//! Policies: plans that keys follow. The policy object, the merge of a key's session with its
//! policies, and the limits that follow from a session. Pure: no store, no clock.
//!
//! What the merge does is described in Tyk's terms, because it is Tyk's: `docs/tyk.md` has the rules.

mod id;
mod limit;
mod merge;
mod policy;
pub mod session_limits;

pub use id::PolicyId;
pub use merge::{Unmet, inline_policies, merge, names};
pub use policy::{Parts, Policy};
pub use session_limits::Allowances;
