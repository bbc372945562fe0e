//! The gate: decides whether to allow a request with a key, and accounts for usage. `decide` serves
//! the verify endpoint, the authorizer for API Gateway, and the local server's sample API.

pub mod authorizer;
mod body;
pub mod decide;
pub mod delete_key;
pub mod get_key;
pub mod get_usage;
mod key_admission;
pub mod list_audit;
pub mod list_keys;
mod parameters;
pub mod report_usage;
pub mod set_policies;
pub mod verify;

use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::runtime::function::Function;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use crate::fallback::Fallback;
use crate::invoke::invoke;

/// The gate's functions.
pub(crate) const FUNCTIONS: &[&Function] = &[
    &verify::FUNCTION,
    &report_usage::FUNCTION,
    &get_usage::FUNCTION,
    &list_keys::FUNCTION,
    &get_key::FUNCTION,
    &set_policies::FUNCTION,
    &delete_key::FUNCTION,
    &list_audit::FUNCTION,
    &authorizer::FUNCTION,
];

/// Answers paths under `/v1` that no route takes.
pub(crate) static FALLBACK: Fallback =
    Fallback { owns: |path| matches!(path, ["v1", ..]), answer: |_, _, unrouted| gate::reply(Err(unrouted.into())) };

/// Answers in the gate's format.
async fn answer<'a, H, F>(service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    gate::reply(invoke(service, request, handle).await)
}
