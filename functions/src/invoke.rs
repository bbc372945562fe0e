//! Invokes an endpoint's handler.

use latchkey_shared::envelope::{DialectFailure, Internal, Unrouted};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

/// How often a request runs at most.
const ATTEMPTS: usize = 5;

/// The outcome of `handle`, which ends at the request's deadline.
///
/// If the caller's rights change while it runs, it runs again, so that the answer fits the rights that the caller has in
/// the end. It does not run without secrets, nor if the platform gave no value for a path parameter.
pub(crate) async fn invoke<'a, H, F, E>(service: &'a Service, request: &'a Request, handle: H) -> Result<Response, E>
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, E>>,
    E: DialectFailure,
{
    service.secrets.available()?;
    if !request.is_whole {
        return Err(Unrouted::NotWhole.into());
    }
    let attempts = async {
        for _ in 1..ATTEMPTS {
            match handle(service, request).await {
                Err(failure) if failure.internal().is_some_and(Internal::is_outdated) => {}
                outcome => return outcome,
            }
        }
        handle(service, request).await
    };
    request.deadline.bound(attempts).await
}
