//! How many keys an organisation has, where there may not be too many. Counted in the transactions that make and delete
//! them, in an item of its own, so that checks do not collide with it.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use crate::orgs::OrgId;
use crate::store::items::attributes::{Item, n, s};
use crate::store::write::transaction::built;
use crate::store::{Store, StoreError, Table};

impl Store {
    /// A part of a transaction: one key more, if that does not make more than `cap`.
    pub(in crate::store) fn count_one_more(&self, org: &OrgId, cap: usize) -> Result<TransactWriteItem, StoreError> {
        let cap = i64::try_from(cap).unwrap_or(i64::MAX);
        // Where there is no count yet there is no key, and room for one unless none at all may be made.
        let room = if cap > 0 { "attribute_not_exists(#n) OR #n < :cap" } else { "#n < :cap" };
        self.count(org, 1, room, cap)
    }

    /// A part of a transaction: one key less.
    pub(in crate::store) fn count_one_less(&self, org: &OrgId) -> Result<TransactWriteItem, StoreError> {
        self.count(org, -1, "#n > :cap", 0)
    }

    /// Not applied twice: the same transaction puts a key where there was none, or deletes one of the revision that was read.
    fn count(&self, org: &OrgId, by: i64, condition: &str, cap: i64) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(self.table(Table::Organizations))
            .set_key(Some(count_key(org)))
            .update_expression("SET #n = if_not_exists(#n, :none) + :by")
            .condition_expression(condition)
            .expression_attribute_names("#n", "n")
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":by", n(by))
            .expression_attribute_values(":cap", n(cap))
            .build();
        Ok(TransactWriteItem::builder().update(built(update)?).build())
    }
}

fn count_key(org: &OrgId) -> Item {
    Item::from([("org".into(), s(format!("org#{org}"))), ("sk".into(), s("keys"))])
}
