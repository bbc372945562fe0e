//! Requests whose caller loses a right, or gets another, while they run.

use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

/// How often such a request is run.
const ATTEMPTS: usize = 5;

/// Runs `handle`, and again from the start where it failed because the caller's right changed meanwhile, as `changed` tells:
/// then the answer is the one to what the caller is now.
pub(crate) async fn settled<'a, H, F, E>(
    service: &'a Service,
    request: &'a Request,
    handle: H,
    changed: impl Fn(&E) -> bool,
) -> Result<Response, E>
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, E>>,
{
    for _ in 1..ATTEMPTS {
        match handle(service, request).await {
            Err(failure) if changed(&failure) => {}
            outcome => return outcome,
        }
    }
    handle(service, request).await
}
