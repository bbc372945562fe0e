//! What holds of every endpoint: nothing is done for a path that lacks a part, and nothing after the deadline.

use latchkey_shared::envelope::Unrouted;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::store::StoreError;

/// Does an endpoint's work for `request`, if its path is whole, until its deadline at most.
pub(crate) async fn bounded<F: From<StoreError> + From<Unrouted>>(
    request: &Request,
    work: impl Future<Output = Result<Response, F>>,
) -> Result<Response, F> {
    if !request.is_whole {
        return Err(Unrouted::NotWhole.into());
    }
    request.deadline.bound(work).await
}
