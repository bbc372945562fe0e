//! Reads items: one, many, and those of a partition. Every read is strongly consistent.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::query::paginator::QueryPaginator;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::scan::paginator::ScanPaginator;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use serde::{Deserialize, Serialize};

use super::items::attributes::{self, Item, s};
use super::write::retry::Retry;
use super::{Store, StoreError, Table};

/// The most items that DynamoDB reads at once by their keys.
pub(super) const MOST: usize = 100;

/// A row of a list: a page begins after one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub(super) org: String,
    sk: String,
}

/// The rows that one read found.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// The row after which the next page begins; `None` on the last page.
    pub next: Option<Place>,
}

/// Which items of a partition to read, by their sort keys.
pub(super) enum Rows<'a> {
    All,
    BeginningWith(&'a str),
    Between(&'a str, &'a str),
}

/// All pages of a query: one read for each MB.
///
/// The SDK takes a list for whole when a page ends where the one before ended. Nothing may be missing from a list, so
/// that goes on instead, until the request's deadline.
pub(super) fn pages(query: QueryFluentBuilder) -> QueryPaginator {
    query.into_paginator().stop_on_duplicate_token(false)
}

/// All pages of a scan, as [`pages`].
pub(super) fn scan_pages(scan: ScanFluentBuilder) -> ScanPaginator {
    scan.into_paginator().stop_on_duplicate_token(false)
}

/// The results of several futures that run at the same time, in the order in which they end.
pub(super) async fn at_the_same_time<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut results = Vec::new();
    poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(result) => {
                results.push(result);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results
}

impl Store {
    /// The item with this key. One read.
    pub(super) async fn get(&self, table: Table, key: Item) -> Result<Option<Item>, StoreError> {
        let read = self.client.get_item().table_name(self.table(table)).set_key(Some(key)).consistent_read(true);
        Ok(read.send().await.map_err(StoreError::failed("GetItem"))?.item)
    }

    /// The items with these keys, all of which differ, in no order. One read for each 100.
    pub(super) async fn batch_get(&self, table: Table, keys: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        self.batch_get_only(table, keys, &[]).await
    }

    /// The attributes `names` of the items with these keys, or all if there are no names. This costs
    /// as much as reading all of them, but less is sent.
    pub(super) async fn batch_get_only(
        &self,
        table: Table,
        keys: Vec<Item>,
        names: &[&str],
    ) -> Result<Vec<Item>, StoreError> {
        let (name, mut items) = (self.table(table), Vec::new());
        let names = names.iter().enumerate().map(|(at, name)| (format!("#{at}"), (*name).to_owned()));
        let names = Some(names.collect::<HashMap<_, _>>()).filter(|names| !names.is_empty());
        let projection = names.as_ref().map(|names| names.keys().cloned().collect::<Vec<_>>().join(", "));
        for keys in keys.chunks(MOST) {
            let mut wanted = keys.to_vec();
            let mut retry = Retry::of_change();
            loop {
                let keys = KeysAndAttributes::builder().set_keys(Some(std::mem::take(&mut wanted)));
                let keys = keys.set_projection_expression(projection.clone());
                let keys = keys.set_expression_attribute_names(names.clone()).consistent_read(true);
                let keys = keys.build().map_err(StoreError::not_built("BatchGetItem"))?;
                let read = self.client.batch_get_item().request_items(name, keys).send().await;
                let mut read = read.map_err(StoreError::failed("BatchGetItem"))?;
                items.extend(read.responses.as_mut().and_then(|tables| tables.remove(name)).unwrap_or_default());
                // A full answer, or a busy table, leaves some for the next.
                let left = read.unprocessed_keys.and_then(|mut tables| tables.remove(name));
                wanted = left.map_or_else(Vec::new, |left| left.keys);
                if wanted.is_empty() {
                    break;
                }
                retry.after_pause().await?;
            }
        }
        Ok(items)
    }

    /// A query of `partition`, whose sort key is `sk`.
    pub(super) fn query(&self, table: Table, partition: impl Into<String>, rows: &Rows<'_>) -> QueryFluentBuilder {
        let query = self.client.query().table_name(self.table(table)).consistent_read(true);
        let query = query.expression_attribute_names("#org", "org").expression_attribute_values(":org", s(partition));
        match *rows {
            Rows::All => query.key_condition_expression("#org = :org"),
            Rows::BeginningWith(prefix) => query
                .key_condition_expression("#org = :org AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#sk", "sk")
                .expression_attribute_values(":prefix", s(prefix)),
            Rows::Between(first, last) => query
                .key_condition_expression("#org = :org AND #sk BETWEEN :first AND :last")
                .expression_attribute_names("#sk", "sk")
                .expression_attribute_values(":first", s(first))
                .expression_attribute_values(":last", s(last)),
        }
    }

    /// A scan of `table`.
    pub(super) fn scan(&self, table: Table) -> ScanFluentBuilder {
        self.client.scan().table_name(self.table(table)).consistent_read(true)
    }
}

impl Place {
    /// Whether a row can be at this place: DynamoDB refuses empty keys and longer ones.
    pub(super) fn is_key(&self) -> bool {
        (1..=2048).contains(&self.org.len()) && (1..=1024).contains(&self.sk.len())
    }

    /// The place of this row.
    pub(super) fn of(row: &Item) -> Result<Self, StoreError> {
        Ok(Self { org: attributes::text(row, "org")?.to_owned(), sk: attributes::text(row, "sk")?.to_owned() })
    }
}

impl From<Place> for Item {
    fn from(place: Place) -> Self {
        Self::from([("org".into(), s(place.org)), ("sk".into(), s(place.sk))])
    }
}

impl Page<Item> {
    /// The page of these items, of which DynamoDB read the last at `last`.
    pub(super) fn of(rows: Option<Vec<Item>>, last: Option<Item>) -> Result<Self, StoreError> {
        Ok(Self { rows: rows.unwrap_or_default(), next: last.as_ref().map(Place::of).transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn futures_run_at_the_same_time_and_each_has_its_result() {
        let (send, receive) = oneshot::channel();
        let (send, receive) = (&mut Some(send), &mut Some(receive));
        let first: Pin<Box<dyn Future<Output = u8>>> = Box::pin(async { receive.take().unwrap().await.unwrap() });
        let second: Pin<Box<dyn Future<Output = u8>>> = Box::pin(async {
            send.take().unwrap().send(1).unwrap();
            2
        });
        assert_eq!(at_the_same_time([first, second]).await, [2, 1], "the first waits for the second");
        assert_eq!(at_the_same_time::<Pin<Box<dyn Future<Output = u8>>>>([]).await, [0; 0]);
    }
}
