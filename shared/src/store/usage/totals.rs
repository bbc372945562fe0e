//! The totals of an organisation's use: a row for each day, dialect and slice of its keys.

use std::collections::BTreeMap;
use std::ops::Range;

use super::used::{ROLLED_UP, UsedByHour, used_by_hour};
use crate::keys::Dialect;
use crate::orgs::OrgId;
use crate::store::items::attributes;
use crate::store::items::primary_key::org_partition;
use crate::store::items::usage_key::{Slice, UsageRows, day_of, total_of};
use crate::store::lookup::{self, Rows};
use crate::store::{Store, StoreError, Table};

/// Which use of an organisation is read.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) org: &'a OrgId,
    /// The dialect of the keys; `None` for all of them.
    pub(super) dialect: Option<Dialect>,
    /// Hours since 1970.
    pub(super) hours: Range<i64>,
}

impl Part<'_> {
    /// The sort keys of its rows of this kind.
    pub(super) fn range(&self, rows: UsageRows) -> Result<(String, String), StoreError> {
        Ok(rows.range(&day_of(self.hours.start)?, &day_of(self.hours.end - 1)?))
    }

    pub(super) fn has(&self, dialect: Dialect) -> bool {
        self.dialect.is_none_or(|only| only == dialect)
    }
}

/// The day, the dialect and the slice of a total.
pub(super) type TotalName = (String, Dialect, Slice);

/// One row.
pub(super) struct Total {
    /// How many roll-ups added to it.
    pub(super) rolled: i64,
    pub(super) used: UsedByHour,
}

impl Store {
    /// The totals of `part`, each as it is at some time during this read. One read for each MB.
    pub(super) async fn totals(&self, part: &Part<'_>) -> Result<BTreeMap<TotalName, Total>, StoreError> {
        let (first, last) = part.range(UsageRows::Total)?;
        let query = self.query(Table::Usage, org_partition(part.org), &Rows::Between(&first, &last));
        let mut rows = lookup::pages(query).items().send();
        let mut totals = BTreeMap::new();
        while let Some(row) = rows.next().await {
            let row = row.map_err(StoreError::failed("Query"))?;
            let (day, dialect, slice) = total_of(&row)?;
            if part.has(dialect) {
                let total =
                    Total { rolled: attributes::count(&row, ROLLED_UP)?, used: used_by_hour(&row, day, &part.hours)? };
                let _new = totals.insert((day.to_owned(), dialect, slice), total);
            }
        }
        Ok(totals)
    }
}
