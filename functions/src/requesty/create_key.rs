//! `POST /v1/manage/apikey`: creates a key. Only this reply shows its token.

use std::collections::BTreeMap;

use latchkey_shared::access::{RequestyPermission, RequestyPermissions};
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, GetItem, PutItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::NewKey;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys};
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer;
use super::body::{Body, missing};
use super::creator::Creator;
use super::key_config::{self, Document};
use crate::create::KeyCreation;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-create-key",
    summary: "Creates a key.",
    routes: &[Route::new("POST", "/v1/manage/apikey")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem, ConditionCheckItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// The permissions of a key whose creator gives none.
const DEFAULT_PERMISSIONS: RequestyPermissions =
    RequestyPermissions { manage: RequestyPermission::None, completions: RequestyPermission::Write };

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct CreatedKey<'a> {
    api_key_id: String,
    api_key: &'a str,
}

/// Creates a key in the creator's organisation.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let Creator { scope, created_by } = Creator::of(service, request).await?;
    let body = Body::read(request).await?;
    let name = body.name()?.ok_or_else(|| missing("name"))?;
    let monthly_limit = body.money("monthly_limit")?.unwrap_or_default();
    let permissions = permissions(&body)?.unwrap_or(DEFAULT_PERMISSIONS);
    let config =
        key_config::config(&Document { name, permissions, labels: BTreeMap::new(), created_by }, monthly_limit);

    let ids = service.secrets.ids()?;
    let token = |random| Ok::<_, Failure>(Token::requesty(ids, random));
    let new_key = |_: KeyId, _: &Token| Ok(NewKey::of(&scope, config, None));
    let creation = KeyCreation { service, request, scope: &scope, cap: None };
    let (id, token) = creation.run(token, new_key).await?;
    Ok(requesty::created(&CreatedKey { api_key_id: id.to_string(), api_key: token.reveal() }))
}

/// The permissions in the body: both, or none.
fn permissions(body: &Body) -> Result<Option<RequestyPermissions>, Failure> {
    let problem = "must be an object with manage and completions, each none, read or write";
    let Some(given) = body.field::<Map<String, Value>>("permissions", problem)? else { return Ok(None) };
    let one = |name| {
        let permission = given.get(name).and_then(Value::as_str).and_then(RequestyPermission::named);
        permission.ok_or_else(|| Failure::Invalid("permissions".into(), problem))
    };
    Ok(Some(RequestyPermissions { manage: one("manage")?, completions: one("completions")? }))
}
