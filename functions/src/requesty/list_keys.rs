//! `GET /v1/manage/apikey`: lists all keys of the caller's organisation, newest first.

use std::cmp::Reverse;

use latchkey_shared::access::RequestyPermission;
use latchkey_shared::auth::RequestyCaller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::keys::Key;
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem, Query};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, OrgKeys};
use serde::Serialize;

use super::answer;
use super::caller::permitted;
use super::view::Listed;
use crate::page::page_of_keys;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-list-keys",
    summary: "Lists the keys of the organisation.",
    routes: &[Route::new("GET", "/v1/manage/apikey")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (OrgKeys, &[Query])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct KeyList {
    keys: Vec<Listed>,
}

/// Lists the keys, including expired ones.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let caller = RequestyCaller::find(service, request).await?;
    permitted(&caller, RequestyPermission::Read)?;
    let now = service.clock.now();
    let place = |key: &Key| (Reverse(key.made), Reverse(key.id.to_string()));
    let view = |key: &Key| Ok::<_, Failure>(Some((place(key), Listed::of(key, now)?)));
    let page = page_of_keys(service, request, &caller.scope(request), view).await?;
    Ok(requesty::listed(&KeyList { keys: page.entries }, page.next.as_deref()))
}
