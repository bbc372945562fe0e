//! `DELETE /v1/manage/apikey/{id}`: a key's end.

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::{Change, Found};

use super::caller::Call;

/// Deletes the key that the path names; its next use is refused everywhere. A key may delete itself.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let call = Call::of(service, request).await?;
    let scope = call.may_change(request)?;
    let key = call.key()?.clone();
    let delete = |found: Option<&Found>| found.map(|_| Change::Delete).ok_or_else(|| call.gone());
    service.store.change_found(&scope, key, service.clock.now(), delete).await?;
    Ok(requesty::deleted())
}
