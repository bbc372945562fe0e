//! What the tests share: a running server with an actor for each kind of caller, and a store that counts,
//! refuses what a function's policy does not allow, and fails on demand.

mod described;
mod faults;
mod http;
mod runtime_api;
mod secrets_manager;
mod server;
mod session;
mod touched;
mod usage;
mod watch;

pub use described::{Answered, described};
pub use faults::{Fault, call_id};
pub use http::{Body, Reply, send};
pub use runtime_api::{Answer, RuntimeApi};
pub use secrets_manager::{SecretsManager, arn};
pub use server::{ADMIN, TestServer, key, patient_client, test_secret};
pub use session::{SESSION_SECRET, session_token, session_token_of};
pub use touched::touched;
pub use usage::assert_usage_adds_up;
pub use watch::{Call, Hold, Watch};
