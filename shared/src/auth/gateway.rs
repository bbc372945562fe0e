//! A gateway that asks whether a consumer's call may pass.

use crate::access::GateScope;

/// Proof that whoever asks was let in before the question came here: AWS IAM decides who may invoke
/// an authorizer, and a server that protects an API in its own process is the one that asks.
///
/// What the consumer presents is judged by the decision itself.
pub struct Gateway(());

impl Gateway {
    /// For code that only a gateway can run. A handler of HTTP requests is none: anybody may call
    /// it, so it authenticates an [`Admin`](super::Admin) instead.
    #[must_use]
    pub fn admitted_outside() -> Self {
        Self(())
    }

    /// Decisions about every key.
    #[must_use]
    pub fn scope(&self) -> GateScope {
        GateScope::new()
    }
}
