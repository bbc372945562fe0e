//! One document from the identity provider: bounded in size and in time, without redirects.

use std::error::Error;
use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::unavailable::{KeysUnavailable, MAX_BYTES};

/// How long it may take, from the first byte sent to the last byte received.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The document at `url`. A client is made for each call: calls are rare, and a function that never
/// fetches links none of it.
///
/// # Errors
/// Why the document could not be fetched.
pub(super) async fn fetch(url: &str) -> Result<Vec<u8>, KeysUnavailable> {
    let secure = url.starts_with("https://");
    let client =
        Client::builder().redirect(Policy::none()).timeout(TIMEOUT).https_only(secure).build().map_err(failed)?;
    let mut answer = client.get(url).header(ACCEPT, "application/json").send().await.map_err(failed)?;
    if answer.status() != StatusCode::OK {
        return Err(KeysUnavailable::Status(answer.status().as_u16()));
    }
    let mut document = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(failed)? {
        if document.len() + part.len() > MAX_BYTES {
            return Err(KeysUnavailable::TooLarge);
        }
        document.extend_from_slice(&part);
    }
    Ok(document)
}

/// The failure and its causes, without the URL.
fn failed(error: reqwest::Error) -> KeysUnavailable {
    let error = error.without_url();
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    KeysUnavailable::Failed(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
}
