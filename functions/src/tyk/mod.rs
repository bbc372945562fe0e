//! The Tyk dialect: a file per endpoint, and what endpoints share: the caller, the session object that a key is made
//! from, which tokens a name can mean (`lookup`), and pages of lists.

pub mod assign_policies;
mod caller;
pub mod create_key;
pub mod delete_key;
pub mod delete_org;
pub mod delete_policy;
pub mod get_key;
pub mod get_org;
pub mod get_policy;
pub mod hello;
mod key_config;
pub mod list_apis;
pub mod list_keys;
pub mod list_orgs;
mod list_page;
pub mod list_policies;
mod lookup;
mod password;
pub(crate) mod policies;
mod policy_object;
pub mod preview_key;
mod query;
pub mod reload;
pub(crate) mod session;
pub mod upsert_key;
pub mod upsert_org;
pub mod upsert_policy;
mod view;

use latchkey_shared::envelope::tyk::{self, Failure, Refusals};
use latchkey_shared::runtime::function::{Function, Route, routes};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use crate::fallback::Fallback;
use crate::invoke::invoke;

/// The dialect's functions.
pub(crate) const FUNCTIONS: &[&Function] = &[
    &create_key::FUNCTION,
    &preview_key::FUNCTION,
    &assign_policies::FUNCTION,
    &upsert_key::FUNCTION,
    &get_key::FUNCTION,
    &list_keys::FUNCTION,
    &delete_key::FUNCTION,
    &upsert_org::FUNCTION,
    &get_org::FUNCTION,
    &list_orgs::FUNCTION,
    &delete_org::FUNCTION,
    &upsert_policy::FUNCTION,
    &get_policy::FUNCTION,
    &list_policies::FUNCTION,
    &delete_policy::FUNCTION,
    &list_apis::FUNCTION,
    &reload::FUNCTION,
    &hello::FUNCTION,
];

/// The routes of the dialect's functions.
static ROUTES: &[&[Route]] = &routes::<{ FUNCTIONS.len() }>(FUNCTIONS);

/// Answers paths under `/tyk/` that no route takes. Without the admin secret nobody learns which paths exist.
pub(crate) static FALLBACK: Fallback = Fallback {
    owns: |path| matches!(path, ["tyk", _, ..]),
    answer: |service, request, unrouted| {
        let admin = service.secrets.available().map_err(Failure::from);
        let admin = admin.and_then(|()| caller::admin(&service.secrets, request));
        let failure = admin.map_or_else(|failure| failure, |_| unrouted.into());
        tyk::reply(&Refusals::USUAL, service.settings.tyk_edition, Err(failure))
    },
};

/// Answers a path of no dialect.
pub(crate) fn not_found(service: &Service) -> Response {
    tyk::reply(&Refusals::USUAL, service.settings.tyk_edition, Err(Failure::NotFound))
}

/// Answers in the Tyk dialect, with the endpoint's own `refusals`.
async fn answer<'a, H, F>(refusals: &Refusals, service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    if request.is_stray {
        return FALLBACK.stray(service, request, ROUTES);
    }
    tyk::reply(refusals, service.settings.tyk_edition, invoke(service, request, handle).await)
}
