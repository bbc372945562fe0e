//! Copies the tables of a backup into those of the service: what point-in-time recovery restores
//! under new names comes back into service.
//!
//! An interrupted restore goes on where it stopped. Two states of a service are never mixed: the
//! tables must be empty, or have nothing but items of the same backup.

mod checks;
mod marker;
mod writes;

use std::time::Duration;

use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;

use self::marker::Marker;
use super::items::attributes::{Item, number};
use super::tables::TableNames;
use super::{Store, StoreError, Table, lookup};

/// The order of the tables. Keys come last: until then none of them is admitted.
const ORDER: [Table; 5] = [Table::Audit, Table::Usage, Table::Organizations, Table::OrgKeys, Table::Keys];
/// An item that ends so soon is not waited for: DynamoDB may remove it at any time.
const ENDING: Duration = Duration::from_secs(60 * 60);

/// How far a restore has come.
#[derive(Clone, Copy, Debug)]
pub struct Restored {
    /// The table that is being copied.
    pub table: Table,
    /// Items copied so far, those of an interrupted run included.
    pub copied: i64,
    /// About how many there are.
    pub of: i64,
}

/// Why tables are not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A table of the backup does not exist.
    #[error("there is no table {0}")]
    NoTable(String),
    /// A table would be copied into itself.
    #[error("{0} cannot be restored from itself")]
    Itself(String),
    /// A table has something that the backup lacks, or has otherwise.
    #[error("{0} has items that the backup does not have; restore into empty tables")]
    Occupied(String),
    /// The tables were partly restored from another backup.
    #[error("a restore from {0} was interrupted; finish it first")]
    Interrupted(String),
    /// A table has more or fewer items than the backup after the copy.
    #[error("{table} has {found} items and the backup {expected}; nothing may use the tables meanwhile")]
    Miscounted {
        /// The table's name.
        table: String,
        /// Its items.
        found: i64,
        /// Those of the backup.
        expected: i64,
    },
    /// The store failed. The restore can be repeated.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The same tables under other names.
    #[must_use]
    pub fn under(&self, names: TableNames) -> Self {
        Self { names, ..self.clone() }
    }

    /// Copies the tables called `from` into these, and makes sure that all of it arrived. It may be
    /// stopped at any time, and goes on when it is called again. Nothing else may use the tables
    /// meanwhile. Calls `progress` after every page.
    ///
    /// # Errors
    /// If these tables have anything that the backup lacks, before anything is copied; or if the
    /// store fails.
    pub async fn restore(
        &self,
        from: &TableNames,
        now: i64,
        mut progress: impl FnMut(Restored),
    ) -> Result<i64, RestoreError> {
        let backup = self.under(from.clone());
        let of = self.check_names(&backup).await?;
        let mut marker = match self.restore_marker().await? {
            Some(marker) if marker.from == *from => marker,
            Some(marker) => return Err(RestoreError::Interrupted(marker.from.name(Table::Keys).to_owned())),
            None => {
                self.check_same(&backup).await?;
                let marker = Marker::start(from.clone());
                self.keep_marker(&marker).await?;
                marker
            }
        };
        while let Some(table) = marker.table() {
            let mut pages = lookup::scan_pages(backup.scan(table).set_exclusive_start_key(marker.after.take())).send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(StoreError::failed("Scan"))?;
                let items = page.items.unwrap_or_default().into_iter();
                let items: Vec<_> =
                    items.filter(|item| !is_over(table, item, now) && !marker::is_marker(item)).collect();
                marker.copied += items.len() as i64;
                self.write_all(table, items).await?;
                marker.after = page.last_evaluated_key;
                if marker.after.is_some() {
                    self.keep_marker(&marker).await?;
                }
                progress(Restored { table, copied: marker.copied, of: of.max(marker.copied) });
            }
            marker.next_table();
            self.keep_marker(&marker).await?;
        }
        self.check_counts(&backup, now).await?;
        self.remove_marker().await?;
        Ok(marker.copied)
    }

    /// The name of a backup's table, if a restore from it has not ended.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn interrupted_restore(&self) -> Result<Option<String>, StoreError> {
        Ok(self.restore_marker().await?.map(|marker| marker.from.name(Table::Keys).to_owned()))
    }

    /// About how many items these tables have: DynamoDB counts them every few hours.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn about_items(&self, tables: &[Table]) -> Result<i64, StoreError> {
        let mut items = 0;
        for table in tables {
            items += self.describe(*table).await?.unwrap_or_default();
        }
        Ok(items)
    }

    /// About how many items a table has; `None` if there is no such table.
    async fn describe(&self, table: Table) -> Result<Option<i64>, StoreError> {
        match self.client.describe_table().table_name(self.table(table)).send().await {
            Ok(described) => Ok(Some(described.table.and_then(|table| table.item_count).unwrap_or_default())),
            Err(error) if error.as_service_error().is_some_and(DescribeTableError::is_resource_not_found_exception) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::failed("DescribeTable")(error)),
        }
    }
}

/// Whether DynamoDB may have removed the item by now, or removes it soon.
fn is_over(table: Table, item: &Item, now: i64) -> bool {
    let end = table.time_to_live().filter(|name| item.contains_key(*name)).map(|name| number(item, name));
    end.is_some_and(|end| end.is_ok_and(|end| end * 1000 < now + ENDING.as_millis() as i64))
}
