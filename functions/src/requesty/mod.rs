//! The Requesty dialect: a file per endpoint, and what they share.

mod body;
mod caller;
pub mod check_auth;
pub mod create_key;
mod creator;
pub(crate) mod daily_usage;
pub mod delete_key;
pub mod get_key;
pub mod get_org;
pub mod get_org_usage;
pub mod get_usage;
mod key_config;
pub mod list_keys;
pub mod set_expiry;
pub mod set_labels;
pub mod set_limit;
pub mod set_org;
mod time;
mod update_key;
mod usage_query;
pub(crate) mod usage_view;
pub(crate) mod view;

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Function;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use crate::fallback::Fallback;
use crate::invoke::invoke;
use crate::page::InvalidCursor;

/// The dialect's functions.
pub(crate) const FUNCTIONS: &[&Function] = &[
    &create_key::FUNCTION,
    &list_keys::FUNCTION,
    &get_key::FUNCTION,
    &get_usage::FUNCTION,
    &set_limit::FUNCTION,
    &set_labels::FUNCTION,
    &set_expiry::FUNCTION,
    &delete_key::FUNCTION,
    &get_org::FUNCTION,
    &set_org::FUNCTION,
    &get_org_usage::FUNCTION,
    &check_auth::FUNCTION,
];

/// Answers paths of the management API that no route takes. The first version of the API was under
/// `/manage`.
pub(crate) static FALLBACK: Fallback = Fallback {
    owns: |path| matches!(path, ["v1", "manage" | "auth", ..] | ["manage", ..]),
    answer: |_, _, unrouted| requesty::reply(Err(unrouted.into())),
};

impl From<InvalidCursor> for Failure {
    fn from(InvalidCursor: InvalidCursor) -> Self {
        Self::Invalid("cursor".into(), "must be a cursor returned by this list")
    }
}

/// Answers in the Requesty dialect.
async fn answer<'a, H, F>(service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    requesty::reply(invoke(service, request, handle).await)
}
