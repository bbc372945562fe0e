//! The functions of the Requesty dialect.

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Action::{
    self, BatchGetItem, ConditionCheckItem, DeleteItem, GetItem, PutItem, Query, UpdateItem,
};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::StoreError;
use latchkey_shared::store::Table::{self, Audit, Keys, OrgKeys, Organizations, Usage};

use super::route;
use crate::bounded::bounded;
use crate::requesty as endpoints;
use crate::rerun::settled;

/// What a change of a key's settings touches: that key, its caller's, and the record.
const EDIT: &[(Table, &[Action])] =
    &[(Keys, &[GetItem, BatchGetItem, UpdateItem, ConditionCheckItem]), (Audit, &[PutItem])];

/// Makes a key. The administrator may too: an organisation's first key has no other maker.
pub const REQUESTY_CREATE_KEY: Function = Function {
    name: "requesty-create-key",
    routes: &[route("POST", "/v1/manage/apikey")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem, ConditionCheckItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::create_key::handle))),
};

/// Lists the keys of the caller's organisation.
pub const REQUESTY_LIST_KEYS: Function = Function {
    name: "requesty-list-keys",
    routes: &[route("GET", "/v1/manage/apikey")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (OrgKeys, &[Query])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::list_keys::handle))),
};

/// Shows a key, or its use by days.
pub const REQUESTY_GET_KEY: Function = Function {
    name: "requesty-get-key",
    routes: &[route("GET", "/v1/manage/apikey/{api_key_id}")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (Usage, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::get_key::handle))),
};

/// Tells the use of a key.
pub const REQUESTY_GET_USAGE: Function = Function {
    name: "requesty-get-usage",
    routes: &[route("GET", "/v1/manage/apikey/{api_key_id}/usage")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (Usage, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::get_usage::handle))),
};

/// Sets how much a key may spend in a month.
pub const REQUESTY_SET_LIMIT: Function = Function {
    name: "requesty-set-limit",
    routes: &[route("POST", "/v1/manage/apikey/{api_key_id}/limit")],
    secrets: &[Secret::Id],
    access: EDIT,
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::set_limit::handle))),
};

/// Sets the labels of a key.
pub const REQUESTY_SET_LABELS: Function = Function {
    name: "requesty-set-labels",
    routes: &[route("POST", "/v1/manage/apikey/{api_key_id}/label")],
    secrets: &[Secret::Id],
    access: EDIT,
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::set_labels::handle))),
};

/// Sets when a key's time is over.
pub const REQUESTY_SET_EXPIRY: Function = Function {
    name: "requesty-set-expiry",
    routes: &[route("POST", "/v1/manage/apikey/{api_key_id}/expiry")],
    secrets: &[Secret::Id],
    access: EDIT,
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::set_expiry::handle))),
};

/// Deletes a key.
pub const REQUESTY_DELETE_KEY: Function = Function {
    name: "requesty-delete-key",
    routes: &[route("DELETE", "/v1/manage/apikey/{api_key_id}")],
    secrets: &[Secret::Id],
    access: &[
        (Keys, &[GetItem, BatchGetItem, UpdateItem, ConditionCheckItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::delete_key::handle))),
};

/// Shows the caller's organisation.
pub const REQUESTY_GET_ORG: Function = Function {
    name: "requesty-get-org",
    routes: &[route("GET", "/v1/manage/org")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem]), (Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::get_org::handle))),
};

/// Sets an organisation's name and balance.
pub const REQUESTY_SET_ORG: Function = Function {
    name: "requesty-set-org",
    routes: &[route("PUT", "/v1/manage/org")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::set_org::handle))),
};

/// Tells the use of an organisation's keys.
pub const REQUESTY_GET_ORG_USAGE: Function = Function {
    name: "requesty-get-org-usage",
    routes: &[route("GET", "/v1/manage/org/usage")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (OrgKeys, &[Query]), (Usage, &[Query])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::get_org_usage::handle))),
};

/// Tells whether a key lives.
pub const REQUESTY_CHECK_AUTH: Function = Function {
    name: "requesty-check-auth",
    routes: &[route("GET", "/v1/auth/check")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(requesty(s, r, endpoints::check_auth::handle))),
};

/// Answers in the Requesty dialect.
async fn requesty<'a, H, F>(service: &'a Service, request: &'a Request, handle: H) -> Response
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    let changed = |failure: &Failure| matches!(failure, Failure::Store(StoreError::NoLonger));
    requesty::reply(request, bounded(request, settled(service, request, handle, changed)).await)
}
