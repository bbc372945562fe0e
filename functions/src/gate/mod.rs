//! The gate: may this key do this now? One decision, asked for by the verify call and by the sample API.

pub mod decide;
pub(crate) mod verify;
