//! The GMI dialect: a file per endpoint, and what they share: the caller (`caller`), the validation
//! of requests (`validation`), and a key in the store and in answers (`key_config`).

pub mod accept_invitation;
mod caller;
pub mod create_key;
pub mod decline_invitation;
pub mod delete_key;
pub mod get_profile;
pub mod invite_users;
mod key_config;
pub mod list_keys;
pub mod list_users;
pub mod register_org;
pub mod remove_user;
pub mod set_role;
mod validation;
pub mod verify_key;
mod view;

use latchkey_shared::envelope::gmi::{self, Failure, Fault, Rule, Steps};
use latchkey_shared::runtime::function::{Function, Route, routes};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use crate::fallback::Fallback;
use crate::invoke::invoke;
use crate::page::InvalidCursor;

/// The dialect's functions.
pub(crate) const FUNCTIONS: &[&Function] = &[
    &create_key::FUNCTION,
    &list_keys::FUNCTION,
    &delete_key::FUNCTION,
    &verify_key::FUNCTION,
    &get_profile::FUNCTION,
    &accept_invitation::FUNCTION,
    &decline_invitation::FUNCTION,
    &register_org::FUNCTION,
    &list_users::FUNCTION,
    &invite_users::FUNCTION,
    &set_role::FUNCTION,
    &remove_user::FUNCTION,
];

/// The routes of the dialect's functions.
static ROUTES: &[&[Route]] = &routes::<{ FUNCTIONS.len() }>(FUNCTIONS);

/// Answers paths under `/api/v1` that no route takes.
pub(crate) static FALLBACK: Fallback = Fallback {
    owns: |path| matches!(path, ["api", "v1", ..]),
    answer: |_, _, unrouted| gmi::reply(Steps::NONE, Err(unrouted.into())),
};

impl From<InvalidCursor> for Failure {
    fn from(InvalidCursor: InvalidCursor) -> Self {
        Self::Invalid(vec![Fault::new("cursor", Rule::Cursor, None)])
    }
}

/// Answers in the GMI dialect.
async fn answer<'a, H, F>(steps: Steps, service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    if request.is_stray {
        return FALLBACK.stray(service, request, ROUTES);
    }
    gmi::reply(steps, invoke(service, request, handle).await)
}
