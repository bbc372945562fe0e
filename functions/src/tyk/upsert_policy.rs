//! `POST /tyk/policies` adds a policy or replaces the one with its id; the path's id does not matter. `PUT
//! /tyk/policies/{polID}` does the same for the id in the path. Keys follow the change at their next call.

use http::Method;
use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::policies::PolicyId;
use latchkey_shared::runtime::function::Action::{BatchGetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};

use super::policy_object::{PolicyBody, has_valid_characters};
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-upsert-policy",
    summary: "Creates or replaces a policy.",
    routes: &[
        Route::new("POST", "/tyk/policies"),
        Route::new("PUT", "/tyk/policies"),
        Route::new("POST", "/tyk/policies/{polID}"),
        Route::new("PUT", "/tyk/policies/{polID}"),
    ],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[BatchGetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

pub(crate) const REFUSALS: Refusals = Refusals {
    internal: Refusal::server_error("Failed to write the policy - the store is unavailable"),
    ..Refusals::USUAL
};

/// Failures that only this endpoint has.
pub(crate) const NO_ID_IN_PATH: Failure = refused("NoPolicyIdInPath", "Must specify an apiID to update");
pub(crate) const INVALID_ID: Failure =
    refused("InvalidPolicyId", "Invalid Policy ID: Allowed characters: a-z, A-Z, 0-9, ., _, -, ~");
pub(crate) const OTHER_ID: Failure =
    refused("OtherPolicyId", "Request ID does not match that in policy! For Update operations these must match.");
pub(crate) const NO_ID: Failure = refused("NoPolicyId", "Unable to create policy without id.");

async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let (put, named) = (request.method == Method::PUT, request.param("polID"));
    if put && named.is_empty() {
        return Err(NO_ID_IN_PATH);
    }
    let body = PolicyBody::read(request.body().await?)?;
    if !has_valid_characters(body.id()) {
        return Err(INVALID_ID);
    }
    if put && body.id() != named {
        return Err(OTHER_ID);
    }
    let id = PolicyId::parse(body.id()).ok_or(NO_ID)?;
    let (org, warnings) = (body.org()?, body.warnings.text());
    let policy = body.into_policy()?;
    service.store.put_policy(&scope.within(&org), &id, &policy, service.clock.now()).await?;
    let action = if put { KeyAction::Modified } else { KeyAction::Added };
    Ok(tyk::warned(tyk::done(id.as_str(), action, service.settings.tyk_edition), &warnings))
}

const fn refused(name: &'static str, message: &'static str) -> Failure {
    Failure::Refused(name, Refusal::bad_request(message))
}
