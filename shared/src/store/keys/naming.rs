//! Which keys name a policy: a row for each, which each change of a key keeps up to date.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::access::DialectScope;
use crate::clock::Millis;
use crate::keys::{Dialect, KeyId};
use crate::orgs::OrgId;
use crate::policies::PolicyId;
use crate::store::items::attributes::{self, Item, n, name, s};
use crate::store::items::key_config::DELETED;
use crate::store::items::primary_key::{is_named_key, listed_id, named_key, naming_key, naming_partition};
use crate::store::lookup::{Page, Place, Rows};
use crate::store::write::conditions::Condition;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

/// How often keys came to name a policy; the attribute of its shares.
const NAMED: &str = "n";
/// How many shares there are.
pub(in crate::store) const SHARES: u8 = 8;

/// A key that names a policy.
#[derive(Clone, Copy, Debug)]
pub struct NamingKey {
    /// Its dialect.
    pub dialect: Dialect,
    /// Its id.
    pub id: KeyId,
}

/// A key whose policies change.
#[derive(Clone, Copy)]
pub(in crate::store) struct Naming<'a> {
    pub(in crate::store) dialect: Dialect,
    pub(in crate::store) id: KeyId,
    pub(in crate::store) made: Millis,
    /// Its organisation, and the policies that it names.
    pub(in crate::store) before: Option<(&'a OrgId, &'a [String])>,
    pub(in crate::store) after: Option<(&'a OrgId, &'a [String])>,
}

impl Store {
    /// The next keys that name a policy of `org`, from `after` on, at most `limit`. One read.
    pub async fn keys_naming(
        &self,
        _everywhere: &DialectScope,
        (org, policy): (&OrgId, &PolicyId),
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<NamingKey>, StoreError> {
        self.rows_naming(org, policy, after, limit).await
    }

    pub(in crate::store) async fn rows_naming(
        &self,
        org: &OrgId,
        policy: &PolicyId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<NamingKey>, StoreError> {
        let query = self.query(Table::OrgKeys, naming_partition(org, policy), &Rows::All);
        let limit = i32::try_from(limit).unwrap_or(i32::MAX).max(1);
        let query = query.limit(limit).set_exclusive_start_key(after.map(Item::from));
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        let page = Page::of(read.items, read.last_evaluated_key)?;
        let rows = page.rows.iter().map(|row| {
            let dialect = Dialect::named(attributes::text(row, name::DIALECT)?);
            let dialect = dialect.ok_or(StoreError::Damaged(name::DIALECT))?;
            Ok(NamingKey { dialect, id: listed_id(row)? })
        });
        Ok(Page { rows: rows.collect::<Result<_, StoreError>>()?, next: page.next })
    }

    /// The parts that keep the rows of a key up to date, and let a change happen only if no policy
    /// was deleted that it newly names.
    pub(in crate::store) fn naming_parts(&self, naming: Naming<'_>) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Naming { dialect, id, made, before, after } = naming;
        let (before, after) = (places(before), places(after));
        let mut parts = Vec::new();
        for (org, policy) in before.difference(&after) {
            parts.push(self.delete(Table::OrgKeys, naming_key(org, policy, made, id))?);
        }
        for (org, policy) in after.difference(&before) {
            let mut row = naming_key(org, policy, made, id);
            row.insert(name::DIALECT.into(), s(dialect.as_str()));
            parts.push(self.put(Table::OrgKeys, row)?);
            let mut named = Update::default();
            named.require(Condition::absent(name::OFF));
            named.count(NAMED, 1);
            parts.push(self.update(Table::Organizations, named_key(org, policy, share_of(id)), named)?);
        }
        Ok(parts)
    }

    /// How often keys came to name the policy, by share.
    pub(in crate::store) fn times_named(items: &[Item]) -> Result<Vec<(u8, i64)>, StoreError> {
        let counts = (0..SHARES).map(|share| {
            let suffix = format!("#{share}");
            let of = |item: &&Item| attributes::text(item, "sk").is_ok_and(|sort| sort.ends_with(&suffix));
            let count = items.iter().filter(|item| is_named_key(item)).find(of);
            Ok((share, count.map(|item| attributes::count(item, NAMED)).transpose()?.unwrap_or_default()))
        });
        counts.collect()
    }

    /// The parts that close a policy to new keys, if no key came to name it since it was counted
    /// `named` times; without, whatever came.
    pub(in crate::store) fn close_parts(
        &self,
        org: &OrgId,
        policy: &PolicyId,
        named: Option<&[(u8, i64)]>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let parts = (0..SHARES).map(|share| {
            let mut close = Update::default();
            match named.and_then(|named| named.iter().find(|(of, _)| *of == share)) {
                Some((_, 0)) => close.require(Condition::absent(NAMED)),
                Some((_, count)) => close.require(Condition::equals(NAMED, n(*count))),
                None => {}
            }
            close.set(name::OFF, s(DELETED));
            self.update(Table::Organizations, named_key(org, policy, share), close)
        });
        parts.collect()
    }

    /// The parts that open a deleted policy to keys again.
    pub(in crate::store) fn open_parts(
        &self,
        org: &OrgId,
        policy: &PolicyId,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let parts = (0..SHARES).map(|share| {
            let mut open = Update::default();
            open.remove(name::OFF);
            self.update(Table::Organizations, named_key(org, policy, share), open)
        });
        parts.collect()
    }
}

/// The rows of keys that no longer exist as this item says, for a key that is made again.
pub(in crate::store) fn naming_rows(config: &[String], org: &OrgId, made: Millis, id: KeyId) -> Vec<Item> {
    places(Some((org, config))).into_iter().map(|(org, policy)| naming_key(org, &policy, made, id)).collect()
}

/// The share in which a key is counted.
fn share_of(id: KeyId) -> u8 {
    id.as_bytes()[0] % SHARES
}

fn places<'a>(of: Option<(&'a OrgId, &[String])>) -> BTreeSet<(&'a OrgId, PolicyId)> {
    let (org, names) = of.map_or((None, [].as_slice()), |(org, names)| (Some(org), names));
    let ids = names.iter().filter_map(|name| PolicyId::parse(name));
    org.into_iter().flat_map(|org| ids.clone().map(move |id| (org, id))).collect()
}
