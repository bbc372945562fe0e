//! Counts an organisation's members and owners, in the transactions by which members come, go and
//! change.
//!
//! Nothing is counted twice. The count moves in one transaction with the member's seat or their
//! home, whose conditions are true only once; and a transaction commits once, however often it is
//! sent.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::orgs::OrgId;
use crate::store::items::attributes::n;
use crate::store::items::primary_key::profile_key;
use crate::store::write::conditions::Condition;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

/// The number of members.
pub(in crate::store) const MEMBERS: &str = "members";
/// The number of owners among them.
pub(in crate::store) const OWNERS: &str = "owners";

impl Store {
    /// A part of a transaction: so many members and owners more or less, provided that the
    /// organisation has an owner as long as it has a member.
    pub(in crate::store) fn count_heads(
        &self,
        org: &OrgId,
        members: i64,
        owners: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        self.update(Table::Organizations, profile_key(org), counting(members, owners))
    }
}

fn counting(members: i64, owners: i64) -> Update {
    let mut update = Update::default();
    match (owners < 0, members) {
        (false, 0) => update.require(Condition::exists(OWNERS)),
        // Nobody joins an organisation that everybody has left.
        (false, _) => update.require(Condition::above(OWNERS, 0)),
        (true, 0) => update.require(Condition::above(OWNERS, 1)),
        (true, _) => update.require_any([Condition::above(OWNERS, 1), Condition::equals(MEMBERS, n(1))]),
    }
    update.add(MEMBERS, members);
    update.add(OWNERS, owners);
    update
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::write::readable::readable;

    #[test]
    fn an_organisation_with_members_keeps_an_owner() {
        for (members, owners, condition) in [
            (1, 0, "owners > 0"),
            (1, 1, "owners > 0"),
            (-1, 0, "owners > 0"),
            (0, 1, "attribute_exists(owners)"),
            (0, -1, "owners > 1"),
            (-1, -1, "(owners > 1 OR members = 1)"),
        ] {
            let counted = format!("SET members = members + {members}, owners = owners + {owners} IF {condition}");
            assert_eq!(readable(counting(members, owners)), counted);
        }
    }
}
