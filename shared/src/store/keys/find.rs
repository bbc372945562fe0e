//! Many items in few reads.

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{Key, KeyId, kept};
use crate::store::items::attributes::Item;
use crate::store::items::key::{self, item_key};
use crate::store::items::key_config;
use crate::store::write::transaction::{ATTEMPTS, built, pause};
use crate::store::{Store, StoreError, Table};

/// The most items that DynamoDB reads at once.
const MOST: usize = 100;

impl Store {
    /// The views of those keys of `ids` that exist within `scope`, in no order, without those that have none. One strongly
    /// consistent read for each 100: no more whole keys are held at once, and other requests get a turn between reads.
    ///
    /// # Errors
    /// When the store fails, or what `view` refuses.
    pub async fn view_all<T, E: From<StoreError>>(
        &self,
        scope: &Scope,
        ids: &[KeyId],
        now: Millis,
        mut view: impl FnMut(&Key) -> Result<Option<T>, E>,
    ) -> Result<Vec<T>, E> {
        let mut views = Vec::new();
        for ids in ids.chunks(MOST) {
            let items = self.batch_get(Table::Keys, ids.iter().map(|id| item_key(*id)).collect()).await?;
            for key in live_keys(&items, now)?.iter().filter(|key| scope.covers(key.dialect, &key.org)) {
                views.extend(view(key)?);
            }
        }
        Ok(views)
    }

    /// The keys of `ids` that exist, whosever they are: only authentication may look so far. One strongly consistent read.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn read_for_auth(&self, ids: &[KeyId], now: Millis) -> Result<Vec<Key>, StoreError> {
        let items = match ids {
            [id] => {
                let read = self.client.get_item().table_name(self.table(Table::Keys)).set_key(Some(item_key(*id)));
                let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
                read.item.into_iter().collect()
            }
            ids => self.batch_get(Table::Keys, ids.iter().map(|id| item_key(*id)).collect()).await?,
        };
        live_keys(&items, now)
    }

    /// The items of `table` that these keys lead to, in no order; the keys differ.
    pub(in crate::store) async fn batch_get(&self, table: Table, keys: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let (name, mut items) = (self.table(table), Vec::new());
        for keys in keys.chunks(MOST) {
            let mut wanted = keys.to_vec();
            for attempt in 0..ATTEMPTS {
                let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
                let read = self.client.batch_get_item().request_items(&name, built(keys)?).send().await;
                let mut read = read.map_err(StoreError::failed("BatchGetItem"))?;
                items.extend(read.responses.as_mut().and_then(|tables| tables.remove(&name)).unwrap_or_default());
                // A full answer, or a busy table, leaves some for the next.
                wanted = read
                    .unprocessed_keys
                    .and_then(|mut tables| tables.remove(&name))
                    .map_or_else(Vec::new, |left| left.keys);
                if wanted.is_empty() {
                    break;
                }
                pause(attempt).await;
            }
            if !wanted.is_empty() {
                return Err(StoreError::Contended);
            }
        }
        Ok(items)
    }
}

/// The keys in `items` that are neither deleted nor over their time in the store.
fn live_keys(items: &[Item], now: Millis) -> Result<Vec<Key>, StoreError> {
    let live = items.iter().filter(|item| !key_config::is_deleted(item));
    let keys = live.map(|item| key::read(key::id_of(item)?, item)).collect::<Result<Vec<_>, _>>()?;
    Ok(keys.into_iter().filter(|key| kept(key.config.kept_until, now)).collect())
}
