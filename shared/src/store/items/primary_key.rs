//! The primary key of every item, by table: the only place, with `usage_key` and `audit_key`, that spells
//! what keys begin with.
//!
//! The prefixes keep apart the kinds of items that share a table. They also make every id usable: an
//! organisation's id may be empty, a key in DynamoDB may not.

use super::attributes::{self, Item, s};
use crate::clock::Millis;
use crate::keys::{Dialect, KeyId, Repeatable, SharedName};
use crate::orgs::{Email, OrgId, UserId};
use crate::policies::PolicyId;
use crate::store::{StoreError, Table};

const KEY: &str = "key#";
const ORG: &str = "org#";
const MEMBER: &str = "member#";
const POLICY: &str = "policy#";
const NAMED: &str = "named#";
const STORE: &str = "store#";
/// The partition that lists all policies.
pub(in crate::store) const POLICIES: &str = "policies";
/// The partition that lists the organisations with limits.
pub(in crate::store) const LIMITED: &str = "limited";

/// What is kept of a key in a list: rows are sorted by this first, and then by creation.
#[derive(Clone, Copy)]
pub(in crate::store) enum RowGroup {
    /// The key is live.
    Live,
    /// The key moved here from another organisation, whose list still has it. The row leads to its
    /// use.
    Moved,
    /// The key is deleted. The row leads to its use.
    Gone,
}

impl RowGroup {
    pub(in crate::store) fn prefix(self) -> &'static str {
        match self {
            Self::Live => "live#",
            Self::Moved => "moved#",
            Self::Gone => "gone#",
        }
    }
}

/// A key's place in every list that has it: lists are in the order in which keys were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct MadeAt {
    pub(in crate::store) made: Millis,
    pub(in crate::store) id: KeyId,
}

// `Keys`

pub(in crate::store) fn item_key(id: KeyId) -> Item {
    keys(format!("{KEY}{id}"))
}

/// The id of the key that has this item.
pub(in crate::store) fn id_of(item: &Item) -> Result<KeyId, StoreError> {
    KeyId::parse(without(KEY, item, "id")?).ok_or(StoreError::Damaged("id"))
}

/// Where a request is noted that may be repeated.
pub(in crate::store) fn request_key(request: &Repeatable) -> Item {
    keys(format!("idempotency#{}", request.row))
}

/// Where a report of use is noted, by the digest that names it.
pub(in crate::store) fn report_key(digest: &str) -> Item {
    keys(format!("report#{digest}"))
}

/// The item with the fingerprints of the secrets that a store was made with.
pub(in crate::store) fn fingerprints_key() -> Item {
    keys(format!("{STORE}secrets"))
}

// `OrgKeys`

/// Begins the partition of every list of a dialect's keys.
pub(in crate::store) fn dialect_prefix(dialect: Dialect) -> String {
    format!("{}#", dialect.as_str())
}

/// The partition of the list of an organisation's keys.
pub(in crate::store) fn list_partition(dialect: Dialect, org: &OrgId) -> String {
    format!("{}{org}", dialect_prefix(dialect))
}

pub(in crate::store) fn row_key(dialect: Dialect, org: &OrgId, group: RowGroup, made: Millis, id: KeyId) -> Item {
    MadeAt { made, id }.in_list(list_partition(dialect, org), group.prefix())
}

/// The partition of the keys that name a policy.
pub(in crate::store) fn naming_partition(org: &OrgId, policy: &PolicyId) -> String {
    format!("naming#{org}#{policy}")
}

/// The row of a key that names a policy.
pub(in crate::store) fn naming_key(org: &OrgId, policy: &PolicyId, made: Millis, id: KeyId) -> Item {
    MadeAt { made, id }.in_list(naming_partition(org, policy), "")
}

/// The id of the key that has this row in a list.
pub(in crate::store) fn listed_id(row: &Item) -> Result<KeyId, StoreError> {
    MadeAt::of(row).map(|place| place.id)
}

impl MadeAt {
    /// The place of this row of a list.
    pub(in crate::store) fn of(row: &Item) -> Result<Self, StoreError> {
        let mut parts = attributes::text(row, "sk")?.rsplit('#');
        let id = parts.next().and_then(KeyId::parse);
        let made = parts.next().and_then(|made| made.parse().ok());
        made.zip(id).map(|(made, id)| Self { made, id }).ok_or(StoreError::Damaged("sk"))
    }

    /// The row at this place in the list `partition`, behind a prefix.
    pub(in crate::store) fn in_list(self, partition: String, prefix: &str) -> Item {
        sorted("sk", partition, format!("{prefix}{:013}#{}", self.made, self.id))
    }
}

// `Organizations`

/// The partition of what belongs to an organisation.
pub(in crate::store) fn org_partition(org: &OrgId) -> String {
    format!("{ORG}{org}")
}

/// The organisation that this item belongs to.
pub(in crate::store) fn org_of(item: &Item) -> Result<OrgId, StoreError> {
    without(ORG, item, "org").map(OrgId::from_stored)
}

/// The item that says what an organisation is.
pub(in crate::store) fn profile_key(org: &OrgId) -> Item {
    sorted("sk", org_partition(org), "profile")
}

pub(in crate::store) fn limits_key(org: &OrgId) -> Item {
    sorted("sk", org_partition(org), "limits")
}

pub(in crate::store) fn policy_key(org: &OrgId, policy: &PolicyId) -> Item {
    sorted("sk", org_partition(org), format!("{POLICY}{policy}"))
}

/// Counts how often keys came to name a policy, in one of several shares, so that keys that are made
/// at once seldom meet.
pub(in crate::store) fn named_key(org: &OrgId, policy: &PolicyId, share: u8) -> Item {
    sorted("sk", org_partition(org), format!("{NAMED}{policy}#{share}"))
}

/// Whether it is the key of such a count.
pub(in crate::store) fn is_named_key(key: &Item) -> bool {
    attributes::text(key, "sk").is_ok_and(|sort| sort.starts_with(NAMED))
}

/// Begins the sort keys of the rows of all policies with this id.
pub(in crate::store) fn policy_prefix(policy: &str) -> String {
    format!("{policy}#")
}

/// The row of a policy in the list of all.
pub(in crate::store) fn policy_row(org: &OrgId, policy: &PolicyId) -> Item {
    sorted("sk", POLICIES, format!("{}{org}", policy_prefix(policy.as_str())))
}

/// The policy that has this row, and its organisation.
pub(in crate::store) fn listed_policy(row: &Item) -> Result<(OrgId, PolicyId), StoreError> {
    let parts = attributes::text(row, "sk")?.split_once('#');
    let read = parts.and_then(|(policy, org)| Some((OrgId::from_stored(org), PolicyId::parse(policy)?)));
    read.ok_or(StoreError::Damaged("sk"))
}

/// The item that counts an organisation's keys.
pub(in crate::store) fn count_key(org: &OrgId) -> Item {
    sorted("sk", org_partition(org), "keys")
}

pub(in crate::store) fn shared_windows_key(name: &SharedName) -> Item {
    sorted("sk", org_partition(name.org()), format!("windows#{}", name.digest()))
}

/// Begins the sort key of every member of an organisation.
pub(in crate::store) fn member_prefix() -> &'static str {
    MEMBER
}

pub(in crate::store) fn member_key(org: &OrgId, user: &UserId) -> Item {
    sorted("sk", org_partition(org), format!("{MEMBER}{user}"))
}

/// The user who has this seat.
pub(in crate::store) fn member_of(seat: &Item) -> Result<UserId, StoreError> {
    without(MEMBER, seat, "sk").map(UserId::from_stored)
}

/// The item that says which organisation a user belongs to.
pub(in crate::store) fn home_key(user: &UserId) -> Item {
    sorted("sk", format!("user#{user}"), "organization")
}

/// The partition of the invitations to an address.
pub(in crate::store) fn invited_partition(email: &Email) -> String {
    format!("invited#{}", email.folded())
}

pub(in crate::store) fn invitation_key(email: &Email, org: &OrgId) -> Item {
    sorted("sk", invited_partition(email), org_partition(org))
}

/// The organisation that this invitation is from.
pub(in crate::store) fn inviting_org(invitation: &Item) -> Result<OrgId, StoreError> {
    without(ORG, invitation, "sk").map(OrgId::from_stored)
}

/// Begins the sort keys of those organisations with limits whose ids begin with `prefix`.
pub(in crate::store) fn limited_prefix(prefix: &str) -> String {
    format!("{ORG}{prefix}")
}

/// The row of an organisation that has limits.
pub(in crate::store) fn limited_key(org: &OrgId) -> Item {
    sorted("sk", LIMITED, org_partition(org))
}

/// The organisation that has this row among those with limits.
pub(in crate::store) fn limited_org(row: &Item) -> Result<OrgId, StoreError> {
    without(ORG, row, "sk").map(OrgId::from_stored)
}

/// The item that says how far a restore of the tables has come.
pub(in crate::store) fn restore_key() -> Item {
    sorted("sk", STORE, "restore")
}

/// Whether the item of `table` is about the store itself.
pub(in crate::store) fn is_of_store(table: Table, item: &Item) -> bool {
    attributes::text(item, table.key().0).is_ok_and(|partition| partition.starts_with(STORE))
}

// Sealed values

/// What the secrets in an organisation's item are bound to when they are sealed.
#[must_use]
pub fn org_binding(org: &OrgId) -> Vec<u8> {
    org_partition(org).into_bytes()
}

/// What the sealed values of an item are bound to: its key's id, or its organisation.
pub(in crate::store) fn binding_of(table: Table, item: &Item) -> Result<Vec<u8>, StoreError> {
    match table {
        Table::Keys => id_of(item).map(|id| id.as_bytes().to_vec()),
        Table::OrgKeys => listed_id(item).map(|id| id.as_bytes().to_vec()),
        Table::Organizations | Table::Usage | Table::Audit => org_of(item).map(|org| org_binding(&org)),
    }
}

fn keys(partition: String) -> Item {
    Item::from([("id".into(), s(partition))])
}

pub(super) fn sorted(sort_name: &str, partition: impl Into<String>, sort: impl Into<String>) -> Item {
    Item::from([("org".into(), s(partition)), (sort_name.into(), s(sort))])
}

/// The text `name` of `item` behind its prefix.
fn without<'a>(prefix: &str, item: &'a Item, name: &'static str) -> Result<&'a str, StoreError> {
    attributes::text(item, name)?.strip_prefix(prefix).ok_or(StoreError::Damaged(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::items::example;

    /// Ids that a careless prefix would confuse: empty, and one that looks like a prefix.
    fn orgs() -> [OrgId; 3] {
        ["", "acme", "org:key"].map(OrgId::from_stored)
    }

    #[test]
    fn what_a_key_is_made_of_is_read_back_from_it() {
        let (id, user) = (example::id(7), UserId::parse("member#7").unwrap());
        let email = Email::parse("A@example.org").unwrap();
        assert_eq!(id_of(&item_key(id)).unwrap(), id);
        for org in orgs() {
            for group in [RowGroup::Live, RowGroup::Moved, RowGroup::Gone] {
                assert_eq!(listed_id(&row_key(Dialect::Tyk, &org, group, 1000, id)).unwrap(), id);
            }
            let seat = member_key(&org, &user);
            assert_eq!((org_of(&seat).unwrap(), member_of(&seat).unwrap()), (org.clone(), user.clone()));
            assert_eq!(inviting_org(&invitation_key(&email, &org)).unwrap(), org);
            assert_eq!(limited_org(&limited_key(&org)).unwrap(), org);
            let policy = PolicyId::parse("gold.1_~-").unwrap();
            assert_eq!(listed_policy(&policy_row(&org, &policy)).unwrap(), (org.clone(), policy.clone()));
            assert_eq!(listed_id(&naming_key(&org, &policy, 1000, id)).unwrap(), id);
        }
    }

    #[test]
    fn no_part_of_a_key_is_empty() {
        let org = OrgId::default();
        for key in [profile_key(&org), limits_key(&org), count_key(&org), limited_key(&org), fingerprints_key()] {
            assert!(key.values().all(|part| !part.as_s().unwrap().is_empty()), "{key:?}");
        }
        assert!(list_partition(Dialect::Tyk, &org).len() > 1);
    }

    #[test]
    fn a_sealed_value_is_bound_to_its_key_or_its_organisation_wherever_it_stands() {
        let (id, org) = (example::id(7), example::org());
        let of_key = id.as_bytes().to_vec();
        let row = row_key(Dialect::Tyk, &org, RowGroup::Live, 1000, id);
        assert_eq!(binding_of(Table::Keys, &item_key(id)).unwrap(), of_key);
        assert_eq!(binding_of(Table::OrgKeys, &row).unwrap(), of_key);
        assert_eq!(binding_of(Table::Organizations, &limits_key(&org)).unwrap(), org_binding(&org));
        assert!(binding_of(Table::Organizations, &home_key(&UserId::parse("u").unwrap())).is_err());
    }
}
