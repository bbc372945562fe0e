//! Changes some settings of a key. The other settings, and what was used and spent, stay.

use latchkey_shared::access::Scope;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::keys::KeyConfig;
use latchkey_shared::runtime::function::Action::{
    self, BatchGetItem, ConditionCheckItem, GetItem, PutItem, UpdateItem,
};
use latchkey_shared::runtime::request::Response;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Table::{self, Audit, Keys};
use latchkey_shared::store::{Change, Counters, Found, NewKey};

use super::caller::KeyRequest;

/// The tables of such a change: the key, the caller's key, and the audit record.
pub(super) const ACCESS: &[(Table, &[Action])] =
    &[(Keys, &[GetItem, BatchGetItem, UpdateItem, ConditionCheckItem]), (Audit, &[PutItem])];

/// Applies `edit` to the configuration of the key. The change is one transaction.
pub(super) async fn update_key(
    service: &Service,
    target: &KeyRequest,
    scope: &Scope,
    edit: impl Fn(&mut KeyConfig) -> Result<(), Failure>,
) -> Result<Response, Failure> {
    let change = |found: Option<&Found>| {
        let key = &found.ok_or_else(|| target.gone())?.key;
        let mut config = key.config.clone();
        edit(&mut config)?;
        Ok::<_, Failure>(Change::Put(Box::new(NewKey::replacing(key, config, None)), Counters::RunOn))
    };
    service.store.change_found(scope, target.key()?.clone(), service.clock.now(), change).await?;
    Ok(requesty::changed())
}
