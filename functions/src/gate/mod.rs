//! The gate: may this key do this now? One decision, asked for by the verify call and by the sample API; and what was used.

pub(crate) mod authorizer;
mod body;
mod checked;
pub mod credential;
pub mod decide;
pub(crate) mod get_usage;
pub(crate) mod report_usage;
pub(crate) mod verify;
