//! `GET /v1/manage/apikey/{id}`: shows a key, or with `start_date` its usage, as in the first
//! version of the API.

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, Usage};

use super::caller::KeyRequest;
use super::view::Details;
use super::{answer, daily_usage};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-get-key",
    summary: "Shows a key, or with `start_date` its usage by day.",
    routes: &[Route::new("GET", "/v1/manage/apikey/{api_key_id}")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (Usage, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Shows the key or its usage.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let target = KeyRequest::of(service, request).await?;
    target.may_read()?;
    let now = service.clock.now();
    match request.query.value("start_date") {
        None => Ok(requesty::found(&Details::of(target.key()?, now)?)),
        Some(start) => {
            let hours = daily_usage::hours_between(start, request.query.value("end_date"), now)?;
            Ok(requesty::found(&daily_usage::of(service, target.key()?, hours).await?))
        }
    }
}
