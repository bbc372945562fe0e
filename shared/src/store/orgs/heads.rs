//! How many members and owners an organisation has: counted in the transactions by which members come, go and change.
//!
//! A count is never applied twice. It moves in one transaction with the member's seat or their home, whose conditions
//! hold once only; one transaction commits once, however often it is sent.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use crate::orgs::OrgId;
use crate::store::items::attributes::{Item, n, s};
use crate::store::write::transaction::built;
use crate::store::{Store, StoreError, Table};

/// How many of an organisation's members there are.
pub(in crate::store) const MEMBERS: &str = "members";
/// How many of them are owners.
pub(in crate::store) const OWNERS: &str = "owners";

impl Store {
    /// A part of a transaction: so many members and owners more or less, if the organisation keeps an owner as long as
    /// it has a member. Not applied twice: the same transaction changes the member's seat, conditional on how it was read.
    pub(in crate::store) fn count_heads(
        &self,
        org: &OrgId,
        members: i64,
        owners: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        let (condition, than) = match (owners < 0, members) {
            (false, 0) => ("attribute_exists(#owners)", None),
            // Nobody joins whom nobody is left to receive.
            (false, _) => ("#owners > :than", Some(n(0))),
            (true, 0) => ("#owners > :than", Some(n(1))),
            (true, _) => ("#owners > :than OR #members = :than", Some(n(1))),
        };
        let mut update = Update::builder()
            .table_name(self.table(Table::Organizations))
            .set_key(Some(profile_key(org)))
            .update_expression("SET #members = #members + :members, #owners = #owners + :more")
            .condition_expression(condition)
            .expression_attribute_names("#members", MEMBERS)
            .expression_attribute_names("#owners", OWNERS)
            .expression_attribute_values(":members", n(members))
            .expression_attribute_values(":more", n(owners));
        if let Some(than) = than {
            update = update.expression_attribute_values(":than", than);
        }
        Ok(TransactWriteItem::builder().update(built(update.build())?).build())
    }
}

/// The key of the item that says what an organisation is.
pub(in crate::store) fn profile_key(org: &OrgId) -> Item {
    Item::from([("org".into(), s(partition(org))), ("sk".into(), s("profile"))])
}

/// The partition of what belongs to an organisation.
pub(in crate::store) fn partition(org: &OrgId) -> String {
    format!("org#{org}")
}
