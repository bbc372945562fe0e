//! One document from the identity provider: bounded in size and in time, without redirects.

use std::error::Error;
use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::jwks::MAX_BYTES;

/// How long it may take, from the first byte out to the last byte in.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The document at `url`. The client is made anew: this is rare, and a function that never asks links none of it.
///
/// # Errors
/// Why it could not be had.
pub(super) async fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let secure = url.starts_with("https://");
    let client =
        Client::builder().redirect(Policy::none()).timeout(TIMEOUT).https_only(secure).build().map_err(told)?;
    let mut answer = client.get(url).header(ACCEPT, "application/json").send().await.map_err(told)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("status {}", answer.status().as_u16()));
    }
    let mut document = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(told)? {
        if document.len() + part.len() > MAX_BYTES {
            return Err(format!("more than {MAX_BYTES} bytes"));
        }
        document.extend_from_slice(&part);
    }
    Ok(document)
}

/// The failure and what caused it, without the URL.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text += &format!(": {deeper}");
        cause = deeper.source();
    }
    text
}
