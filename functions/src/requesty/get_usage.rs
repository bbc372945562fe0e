//! `GET /v1/manage/apikey/{id}/usage`: a key's use by hour, day or month.

use std::collections::BTreeMap;

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::KeyUse;

use super::caller::Call;
use super::periods::UsageByPeriod;
use super::usage_query::{UsageQuery, Whose};

/// Tells the use of the key that the path names.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let call = Call::of(service, request).await?;
    call.may_read()?;
    let query = UsageQuery::read(request, Whose::Key).await?;
    let key = call.key()?;
    let used = service.store.usage_of_key(&KeyUse::from(key), query.hours.clone()).await?;
    Ok(requesty::found(&UsageByPeriod::of(&query, BTreeMap::from([(key.id, used)]))?))
}
