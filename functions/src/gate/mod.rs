//! The gate: may this key do this now? One decision, asked for by the verify call and by the sample API; and what was used.

pub mod authorizer;
mod body;
mod checked;
pub mod credential;
pub mod decide;
pub mod get_usage;
pub mod report_usage;
pub mod verify;

use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::runtime::function::Function;
use latchkey_shared::runtime::request::{Request, Response};

use crate::bounded::bounded;
use crate::unrouted::Fallback;

/// The gate's functions.
pub(crate) const FUNCTIONS: &[&Function] =
    &[&verify::FUNCTION, &report_usage::FUNCTION, &get_usage::FUNCTION, &authorizer::FUNCTION];

/// Answers paths under `/v1` that no route takes.
pub(crate) static FALLBACK: Fallback = Fallback {
    owns: |path| matches!(path, ["v1", ..]),
    answer: |_, request, unrouted| gate::reply(request, Err(unrouted.into())),
};

/// Answers in the words of the gate.
async fn answer(request: &Request, outcome: impl Future<Output = Result<Response, Failure>>) -> Response {
    gate::reply(request, bounded(request, outcome).await)
}
