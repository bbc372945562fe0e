//! Lists of keys, page by page, strongly consistent: what was deleted is in no list after the
//! answer.

use crate::access::{DialectScope, OrgScope};
use crate::clock::Millis;
use crate::keys::{Dialect, KeyId, kept};
use crate::orgs::OrgId;
use crate::secrets::Sealed;
use crate::store::items::attributes::{self, Item, name, s};
use crate::store::items::primary_key::{RowGroup, dialect_prefix, list_partition, listed_id};
use crate::store::lookup::{Page, Place, Rows};
use crate::store::{Store, StoreError, Table};

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

impl Store {
    /// The next keys of the scope's organisation, in the order they were made, from `after` on: one read, of at most
    /// `most` rows.
    pub async fn keys_of(
        &self,
        scope: &OrgScope,
        after: Option<Place>,
        most: Option<i32>,
        now: Millis,
    ) -> Result<Page<ListedKey>, StoreError> {
        let partition = list_partition(scope.dialect, scope.org());
        let query = self.query(Table::OrgKeys, partition, &Rows::BeginningWith(RowGroup::Live.prefix()));
        let query = query.set_exclusive_start_key(after.map(Item::from)).set_limit(most);
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        listed(Page::of(read.items, read.last_evaluated_key)?, now)
    }

    /// The next keys of all organisations, in no order that means anything, from `after` on: one
    /// read, of at most `most` rows.
    pub async fn all_keys(
        &self,
        scope: &DialectScope,
        after: Option<Place>,
        most: Option<i32>,
        now: Millis,
    ) -> Result<Page<ListedKey>, StoreError> {
        let scan = self
            .scan(Table::OrgKeys)
            .filter_expression("begins_with(#org, :dialect) AND begins_with(#sk, :live)")
            .expression_attribute_names("#org", "org")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":dialect", s(dialect_prefix(scope.dialect)))
            .expression_attribute_values(":live", s(RowGroup::Live.prefix()))
            .set_exclusive_start_key(after.map(Item::from))
            .set_limit(most);
        let read = scan.send().await.map_err(StoreError::failed("Scan"))?;
        listed(Page::of(read.items, read.last_evaluated_key)?, now)
    }
}

impl ListedKey {
    /// Whether the key is one of `org`.
    #[must_use]
    pub fn is_of(&self, dialect: Dialect, org: &OrgId) -> bool {
        self.place.org == list_partition(dialect, org)
    }
}

/// The keys on a page of rows, without those that have expired from the store.
fn listed(page: Page<Item>, now: Millis) -> Result<Page<ListedKey>, StoreError> {
    let mut rows = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        if kept(attributes::optional_number(row, name::KEPT_UNTIL)?, now) {
            rows.push(listed_key(row)?);
        }
    }
    Ok(Page { rows, next: page.next })
}

fn listed_key(row: &Item) -> Result<ListedKey, StoreError> {
    let (place, id) = (Place::of(row)?, listed_id(row)?);
    let apis = row.get(name::APIS).and_then(|apis| apis.as_l().ok()).map(Vec::as_slice).unwrap_or_default();
    let apis = apis.iter().filter_map(|api| api.as_s().ok()).cloned().collect();
    Ok(ListedKey { id, token: attributes::bytes(row, name::TOKEN).map(Sealed::from_bytes), apis, place })
}
