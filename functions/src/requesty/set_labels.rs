//! `POST /v1/manage/apikey/{id}/label`: replaces all labels of a key.

use std::collections::BTreeMap;

use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use super::answer;
use super::body::{Body, missing};
use super::caller::KeyRequest;
use super::key_config::Document;
use super::update_key::{self, update_key};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-set-labels",
    summary: "Replaces the labels of a key.",
    routes: &[Route::new("POST", "/v1/manage/apikey/{api_key_id}/label")],
    secrets: &[Secret::Id],
    access: update_key::ACCESS,
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// The most labels of a key.
const MAX_LABELS: usize = 50;
/// Characters of the longest name and of the longest value.
const MAX_NAME: usize = 63;
const MAX_VALUE: usize = 255;

/// Replaces the labels; without any, the key has none.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let target = KeyRequest::of(service, request).await?;
    let scope = target.may_change(request)?;
    let labels = labels(&Body::read(request).await?)?;
    update_key(service, &target, &scope, |config| {
        let mut document = Document::of(config)?;
        document.labels.clone_from(&labels);
        document.write(config);
        Ok(())
    })
    .await
}

fn labels(body: &Body) -> Result<BTreeMap<String, String>, Failure> {
    let labels = body.field::<BTreeMap<String, String>>("labels", "must be an object with string values")?;
    let labels = labels.ok_or_else(|| missing("labels"))?;
    let invalid = |problem| Err(Failure::Invalid("labels".into(), problem));
    if labels.len() > MAX_LABELS {
        return invalid("must have at most 50 entries");
    }
    let fits = |name: &String| (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    if !labels.keys().all(fits) {
        return invalid("must have names of 1 to 63 characters, without control characters");
    }
    if !labels.values().all(|value| value.chars().count() <= MAX_VALUE) {
        return invalid("must have values of at most 255 characters");
    }
    Ok(labels)
}
