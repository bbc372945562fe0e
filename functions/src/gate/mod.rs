//! The gate: may this key do this now? One decision, asked for by the verify call and by the sample API; and what was used.

pub mod authorizer;
mod body;
mod checked;
pub mod decide;
pub mod get_usage;
pub mod report_usage;
pub mod verify;

use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::runtime::function::Function;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use crate::invoke::invoke;
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
async fn answer<'a, H, F>(service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    gate::reply(request, invoke(service, request, handle).await)
}
