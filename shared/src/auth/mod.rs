//! Who is calling. Each way to authenticate returns a proof, which the store's operations ask for.

pub mod admin_secret;
pub mod api_key;
mod bearer;
pub mod gmi_key;
pub mod member;
pub mod session_token;

pub use admin_secret::Admin;
pub use api_key::Caller;
pub use gmi_key::KeyHolder;
pub use member::Member;
pub use session_token::User;
