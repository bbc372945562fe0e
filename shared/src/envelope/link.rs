//! Where a list goes on.

use http::{HeaderValue, header};

use crate::runtime::request::Response;

/// Names in `response` the address of the list's next page, if there is one.
pub(super) fn link_next(response: &mut Response, next: Option<&str>) {
    let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
}
