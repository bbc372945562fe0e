//! Counts an organisation's keys, if their number is capped. The transactions that make and delete
//! keys move the count. It has an item of its own, so that checks do not collide with it.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::orgs::OrgId;
use crate::store::items::primary_key::count_key;
use crate::store::write::conditions::Condition;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

/// How many keys there are.
const KEYS: &str = "n";

impl Store {
    /// A part of a transaction: one more key, unless that makes more than `cap`.
    ///
    /// It never happens twice, because the same transaction puts a key where there was none.
    pub(super) fn count_one_more(&self, org: &OrgId, cap: usize) -> Result<TransactWriteItem, StoreError> {
        self.update(Table::Organizations, count_key(org), one_more(cap))
    }

    /// A part of a transaction: one key less.
    ///
    /// It never happens twice, because the same transaction deletes a key at a revision.
    pub(super) fn count_one_less(&self, org: &OrgId) -> Result<TransactWriteItem, StoreError> {
        self.update(Table::Organizations, count_key(org), one_less())
    }
}

fn one_more(cap: usize) -> Update {
    let cap = i64::try_from(cap).unwrap_or(i64::MAX);
    let mut update = Update::default();
    let room = Condition::below(KEYS, cap);
    if cap > 0 {
        // Without a count there is no key yet.
        update.require_any([Condition::absent(KEYS), room]);
    } else {
        update.require(room);
    }
    update.count(KEYS, 1);
    update
}

fn one_less() -> Update {
    let mut update = Update::default();
    update.require(Condition::above(KEYS, 0));
    update.count(KEYS, -1);
    update
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::write::readable::readable;

    #[test]
    fn a_key_counts_only_while_there_is_room_for_it() {
        let count = "SET n = if_not_exists(n, 0) + 1 IF";
        assert_eq!(readable(one_more(10)), format!("{count} (attribute_not_exists(n) OR n < 10)"));
        assert_eq!(readable(one_more(0)), format!("{count} n < 0"));
        assert_eq!(readable(one_less()), "SET n = if_not_exists(n, 0) + -1 IF n > 0");
    }
}
