//! Who is calling. Each way to authenticate returns a proof, which the store's operations require.

pub mod admin;
pub mod bearer;
pub mod gateway;
pub mod gmi_key;
pub mod gmi_member;
pub mod gmi_user;
pub mod requesty_key;

pub use admin::Admin;
pub use gateway::Gateway;
pub use gmi_key::GmiKeyHolder;
pub use gmi_member::GmiMember;
pub use gmi_user::GmiUser;
pub use requesty_key::RequestyCaller;
