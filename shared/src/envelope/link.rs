//! The link to the next page of a list.

use http::{HeaderValue, header};

use crate::runtime::request::Response;

/// Adds the address of the next page, if there is one, to `response`.
pub(super) fn link_next(response: &mut Response, next: Option<&str>) {
    let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
}
