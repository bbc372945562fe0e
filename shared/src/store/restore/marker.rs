//! How far a restore has come, kept in the tables that it restores.

use aws_sdk_dynamodb::types::AttributeValue;

use super::ORDER;
use crate::store::items::attributes::{self, Item, n, number, s};
use crate::store::items::primary_key::restore_key;
use crate::store::tables::TableNames;
use crate::store::{Store, StoreError, Table};

/// The attribute with the names of the backup's tables.
const FROM: &str = "from";
/// The attribute with the number of the table in the order of the tables.
const STEP: &str = "step";
/// The attribute with the key of the last item that was copied; absent before the first.
const AFTER: &str = "after";
/// The attribute with the number of items that were copied.
const COPIED: &str = "copied";

/// The place of a restore.
#[derive(Clone, Debug)]
pub(super) struct Marker {
    pub(super) from: TableNames,
    step: usize,
    pub(super) after: Option<Item>,
    pub(super) copied: i64,
}

impl Marker {
    /// Before the first item.
    pub(super) fn start(from: TableNames) -> Self {
        Self { from, step: 0, after: None, copied: 0 }
    }

    /// The table that is copied now; `None` when all are.
    pub(super) fn table(&self) -> Option<Table> {
        ORDER.get(self.step).copied()
    }

    /// Goes on before the first item of the next table.
    pub(super) fn next_table(&mut self) {
        self.step += 1;
        self.after = None;
    }

    fn read(item: &Item) -> Result<Self, StoreError> {
        let names = item.get(FROM).and_then(|names| names.as_m().ok()).ok_or(StoreError::Damaged(FROM))?;
        let name = |table: Table| attributes::text(names, table.name()).map(str::to_owned);
        let names = Table::ALL.map(name).into_iter().collect::<Result<Vec<_>, _>>()?;
        let names = names.try_into().map_err(|_| StoreError::Damaged(FROM))?;
        let step = usize::try_from(number(item, STEP)?).map_err(|_| StoreError::Damaged(STEP))?;
        let after = item.get(AFTER).map(|after| after.as_m().cloned().map_err(|_| StoreError::Damaged(AFTER)));
        Ok(Self { from: TableNames::named(names), step, after: after.transpose()?, copied: number(item, COPIED)? })
    }

    fn item(&self) -> Item {
        let names = Table::ALL.map(|table| (table.name().to_owned(), s(self.from.name(table))));
        let mut item = restore_key();
        item.insert(FROM.to_owned(), AttributeValue::M(names.into()));
        item.insert(STEP.to_owned(), n(self.step as i64));
        item.insert(COPIED.to_owned(), n(self.copied));
        item.extend(self.after.clone().map(|after| (AFTER.to_owned(), AttributeValue::M(after))));
        item
    }
}

/// Whether the item is the marker of a restore, here or in a backup.
pub(super) fn is_marker(item: &Item) -> bool {
    restore_key().iter().all(|(name, value)| item.get(name) == Some(value))
}

impl Store {
    /// Where an interrupted restore stopped.
    pub(super) async fn restore_marker(&self) -> Result<Option<Marker>, StoreError> {
        self.get(Table::Organizations, restore_key()).await?.as_ref().map(Marker::read).transpose()
    }

    pub(super) async fn keep_marker(&self, marker: &Marker) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(self.table(Table::Organizations)).set_item(Some(marker.item()));
        put.send().await.map_err(StoreError::failed("PutItem"))?;
        Ok(())
    }

    pub(super) async fn remove_marker(&self) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(self.table(Table::Organizations));
        delete.set_key(Some(restore_key())).send().await.map_err(StoreError::failed("DeleteItem"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_back_as_it_was_kept() {
        let mut marker = Marker::start(TableNames::with_prefix("restored-"));
        marker.next_table();
        marker.copied = 7;
        marker.after = Some(Item::from([("org".into(), s("org#acme")), ("sk".into(), s("keys"))]));
        let read = Marker::read(&marker.item()).unwrap();
        assert_eq!(read.item(), marker.item());
        assert_eq!(read.table(), Some(ORDER[1]));
        assert!(is_marker(&marker.item()) && !is_marker(&Item::new()));
    }
}
