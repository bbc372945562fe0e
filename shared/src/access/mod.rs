//! Who may do what: the scope of a caller's work, and what a key may call.

mod requesty_permissions;
pub mod rules;
mod scope;

pub use requesty_permissions::{RequestyPermission, RequestyPermissions};
pub use scope::{DialectScope, GateScope, OperatorScope, OrgScope, Scope};
pub(crate) use scope::{Reach, Standing};
