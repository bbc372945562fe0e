//! What is made sure of before and after a restore.

use std::collections::HashMap;

use super::{ORDER, RestoreError, is_over};
use crate::store::items::attributes::Item;
use crate::store::items::primary_key::is_of_store;
use crate::store::{Store, StoreError, Table, lookup};

impl Store {
    /// Makes sure that the backup's tables exist and are none of these; about how many items they
    /// have.
    pub(super) async fn check_names(&self, backup: &Self) -> Result<i64, RestoreError> {
        let mut items = 0;
        for table in ORDER {
            let name = backup.table(table);
            if ORDER.iter().any(|own| self.table(*own) == name) {
                return Err(RestoreError::Itself(name.to_owned()));
            }
            let found = backup.describe(table).await?;
            items += found.ok_or_else(|| RestoreError::NoTable(name.to_owned()))?;
        }
        Ok(items)
    }

    /// Makes sure that these tables have nothing that the backup lacks or has otherwise. What is
    /// about the store itself comes with the first start of a service.
    pub(super) async fn check_same(&self, backup: &Self) -> Result<(), RestoreError> {
        for table in ORDER {
            let mut pages = lookup::scan_pages(self.scan(table)).send();
            while let Some(page) = pages.next().await {
                let items = page.map_err(StoreError::failed("Scan"))?.items.unwrap_or_default();
                let items = items.into_iter().filter(|item| !is_of_store(table, item));
                let mut own: HashMap<_, _> = items.map(|item| (sort_of(table, &item), item)).collect();
                let keys = own.values().map(|item| key_of(table, item)).collect();
                for item in backup.batch_get(table, keys).await? {
                    let same = own.remove(&sort_of(table, &item)).is_some_and(|own| own == item);
                    if !same {
                        return Err(RestoreError::Occupied(self.table(table).to_owned()));
                    }
                }
                if !own.is_empty() {
                    return Err(RestoreError::Occupied(self.table(table).to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Makes sure that each table has as many items as the backup.
    pub(super) async fn check_counts(&self, backup: &Self, now: i64) -> Result<(), RestoreError> {
        for table in ORDER {
            let (found, expected) = (self.count(table, now).await?, backup.count(table, now).await?);
            if found != expected {
                return Err(RestoreError::Miscounted { table: self.table(table).to_owned(), found, expected });
            }
        }
        Ok(())
    }

    /// The items of a table, without those that DynamoDB may remove and those about the store.
    async fn count(&self, table: Table, now: i64) -> Result<i64, StoreError> {
        let (partition, sort) = table.key();
        let names = [Some(partition), sort, table.time_to_live()].into_iter().flatten().enumerate();
        let names: HashMap<_, _> = names.map(|(at, name)| (format!("#{at}"), name.to_owned())).collect();
        let projection = names.keys().cloned().collect::<Vec<_>>().join(", ");
        let scan = self.scan(table).projection_expression(projection).set_expression_attribute_names(Some(names));
        let (mut pages, mut count) = (lookup::scan_pages(scan).send(), 0);
        while let Some(page) = pages.next().await {
            let items = page.map_err(StoreError::failed("Scan"))?.items.unwrap_or_default();
            count += items.iter().filter(|item| !is_over(table, item, now) && !is_of_store(table, item)).count();
        }
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// The primary key of an item.
fn key_of(table: Table, item: &Item) -> Item {
    let (partition, sort) = table.key();
    let names = [Some(partition), sort].into_iter().flatten();
    names.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect()
}

/// The primary key as texts.
fn sort_of(table: Table, item: &Item) -> [Option<String>; 2] {
    let (partition, sort) = table.key();
    [Some(partition), sort].map(|name| item.get(name?)?.as_s().ok().cloned())
}
