//! Writes many items, as fast as the table takes them.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};

use crate::store::error::is_throttled;
use crate::store::items::attributes::Item;
use crate::store::lookup::at_the_same_time;
use crate::store::{Store, StoreError, Table};

/// The most items that DynamoDB writes at once.
const MOST: usize = 25;
/// How many such writes run at the same time.
const AT_ONCE: usize = 8;
/// How often in a row a table may take nothing of a write.
const REFUSALS: u32 = 12;
/// The longest pause before a write is repeated.
const LONGEST: Duration = Duration::from_secs(10);

impl Store {
    /// Writes all items, whatever was there before under their keys.
    pub(super) async fn write_all(&self, table: Table, items: Vec<Item>) -> Result<(), StoreError> {
        let mut batches = items.chunks(MOST).map(|batch| self.write_batch(table, batch));
        loop {
            let running: Vec<_> = batches.by_ref().take(AT_ONCE).collect();
            if running.is_empty() {
                return Ok(());
            }
            at_the_same_time(running).await.into_iter().collect::<Result<(), _>>()?;
        }
    }

    /// Writes a batch: what a busy table leaves is written again after a pause.
    async fn write_batch(&self, table: Table, items: &[Item]) -> Result<(), StoreError> {
        let put = |item: &Item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build();
            Ok(WriteRequest::builder().put_request(put.map_err(StoreError::not_built("BatchWriteItem"))?).build())
        };
        let mut left = items.iter().map(put).collect::<Result<Vec<_>, StoreError>>()?;
        let mut refusals = 0;
        loop {
            let sent = left.len();
            let written = self.client.batch_write_item().request_items(self.table(table), left.clone()).send().await;
            match written {
                Ok(written) => {
                    let unprocessed = written.unprocessed_items.and_then(|mut tables| tables.remove(self.table(table)));
                    left = unprocessed.unwrap_or_default();
                }
                Err(error) if error.code().is_some_and(is_throttled) => {}
                Err(error) => return Err(StoreError::failed("BatchWriteItem")(error)),
            }
            if left.is_empty() {
                return Ok(());
            }
            refusals = if left.len() < sent { 0 } else { refusals + 1 };
            if refusals == REFUSALS {
                return Err(StoreError::Contended);
            }
            tokio::time::sleep(pause(refusals)).await;
        }
    }
}

/// Up to a tenth of a second, twice as long after each refusal.
fn pause(refusals: u32) -> Duration {
    let most = Duration::from_millis(100 << refusals.min(7)).min(LONGEST);
    most.mul_f64(fastrand::f64())
}
