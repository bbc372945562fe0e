//! `GET /v1/manage/apikey/{id}`: a key's details; or, with `start_date`, its use, as the API's first generation had it.

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::caller::Call;
use super::daily_usage;
use super::view::Details;

/// Shows the key that the path names, or its use.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let call = Call::of(service, request).await?;
    call.may_read()?;
    let now = service.clock.now();
    match request.query.value("start_date") {
        None => Ok(requesty::found(&Details::of(call.key()?, now)?)),
        Some(start) => {
            let hours = daily_usage::hours(start, request.query.value("end_date"), now)?;
            Ok(requesty::found(&daily_usage::of(service, call.key()?, hours).await?))
        }
    }
}
