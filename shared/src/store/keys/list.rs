//! Lists of keys, page by page, strongly consistent: what was deleted is in no list after the
//! answer.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{Dialect, KeyId, kept};
use crate::orgs::OrgId;
use crate::secrets::Sealed;
use crate::store::items::attributes::{self, Item, name, s};
use crate::store::{Store, StoreError, Table};

/// Begins the sort key of a live key's row.
pub(in crate::store) const LIVE: &str = "live#";
/// Begins the sort key of the row of a key that was made in another organisation and moved here:
/// its use is found by it.
pub(in crate::store) const MOVED: &str = "moved#";
/// Begins the sort key of a deleted key's row, kept so that its usage can be found.
pub(in crate::store) const GONE: &str = "gone#";

/// A key as a list knows it.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// Its id.
    pub id: KeyId,
    /// Its sealed token, if it is kept.
    pub token: Option<Sealed>,
    /// The APIs it may call; none for a key without access rights.
    pub apis: Vec<String>,
    /// Where it stands, to go on from there.
    pub place: Place,
}

/// A row of a list: a page begins after one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    org: String,
    sk: String,
}

/// What one read brought.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// Where to go on; `None` at the end.
    pub next: Option<Place>,
}

impl Store {
    /// The next keys of `org`, in the order they were made, from `after` on: one read, of at most
    /// `most` rows.
    pub async fn keys_of(
        &self,
        scope: &Scope,
        org: &OrgId,
        after: Option<Place>,
        most: Option<i32>,
        now: Millis,
    ) -> Result<Page<ListedKey>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(self.table(Table::OrgKeys))
            .key_condition_expression("#org = :org AND begins_with(#sk, :live)")
            .expression_attribute_names("#org", "org")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":org", s(partition(scope.dialect, org)))
            .expression_attribute_values(":live", s(LIVE))
            .set_exclusive_start_key(after.map(Item::from))
            .set_limit(most)
            .consistent_read(true);
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        page(read.items.unwrap_or_default(), read.last_evaluated_key, now)
    }

    /// The next keys of all organisations, in no order that means anything, from `after` on: one
    /// read, of at most `most` rows.
    pub async fn all_keys(
        &self,
        scope: &Scope,
        after: Option<Place>,
        most: Option<i32>,
        now: Millis,
    ) -> Result<Page<ListedKey>, StoreError> {
        let scan = self
            .client
            .scan()
            .table_name(self.table(Table::OrgKeys))
            .filter_expression("begins_with(#org, :dialect) AND begins_with(#sk, :live)")
            .expression_attribute_names("#org", "org")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":dialect", s(format!("{}#", scope.dialect.as_str())))
            .expression_attribute_values(":live", s(LIVE))
            .set_exclusive_start_key(after.map(Item::from))
            .set_limit(most)
            .consistent_read(true);
        let read = scan.send().await.map_err(StoreError::failed("Scan"))?;
        page(read.items.unwrap_or_default(), read.last_evaluated_key, now)
    }
}

impl ListedKey {
    /// Whether the key is one of `org`.
    #[must_use]
    pub fn is_of(&self, dialect: Dialect, org: &OrgId) -> bool {
        self.place.org == partition(dialect, org)
    }
}

/// The partition of an organisation's rows.
pub(in crate::store) fn partition(dialect: Dialect, org: &OrgId) -> String {
    format!("{}#{org}", dialect.as_str())
}

fn page(
    items: Vec<Item>,
    last: Option<HashMap<String, AttributeValue>>,
    now: Millis,
) -> Result<Page<ListedKey>, StoreError> {
    let mut rows = Vec::with_capacity(items.len());
    for item in &items {
        if kept(attributes::optional_number(item, name::KEPT_UNTIL)?, now) {
            rows.push(listed(item)?);
        }
    }
    Ok(Page { rows, next: last.as_ref().map(place).transpose()? })
}

fn listed(item: &Item) -> Result<ListedKey, StoreError> {
    let (place, id) = (place(item)?, row_id(item)?);
    let apis = item.get(name::APIS).and_then(|apis| apis.as_l().ok()).map(Vec::as_slice).unwrap_or_default();
    let apis = apis.iter().filter_map(|api| api.as_s().ok()).cloned().collect();
    Ok(ListedKey { id, token: attributes::bytes(item, name::TOKEN).map(Sealed::from_bytes), apis, place })
}

/// The id of the key that has this row.
pub(in crate::store) fn row_id(row: &Item) -> Result<KeyId, StoreError> {
    attributes::text(row, "sk")?.rsplit('#').next().and_then(KeyId::parse).ok_or(StoreError::Damaged("sk"))
}

pub(in crate::store) fn place(item: &Item) -> Result<Place, StoreError> {
    Ok(Place { org: attributes::text(item, "org")?.to_owned(), sk: attributes::text(item, "sk")?.to_owned() })
}

impl From<Place> for Item {
    fn from(place: Place) -> Self {
        Self::from([("org".into(), s(place.org)), ("sk".into(), s(place.sk))])
    }
}
