//! Walks through keys of several dialects, a bounded number of rows at a time, strongly consistent. Each
//! key that exists throughout the walk is met once.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::access::OperatorScope;
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::orgs::OrgId;
use crate::policies::PolicyId;
use crate::store::items::attributes::{self, Item, name, s};
use crate::store::items::primary_key::{
    MadeAt, RowGroup, dialect_prefix, item_key, list_partition, listed_id, naming_partition,
};
use crate::store::lookup::{Place, Rows, at_the_same_time};
use crate::store::{Store, StoreError, Table};
use crate::telemetry;

use super::find::live_keys;

/// Which keys to walk through.
#[derive(Clone, Debug)]
pub enum Walk {
    /// Those of an organisation, in the order in which they were made.
    Org(OrgId),
    /// Those of an organisation that name a policy, in the same order.
    Policy(OrgId, PolicyId),
    /// All, in no order that means anything.
    Everywhere,
}

/// A place in a walk: it goes on after a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkPlace(At);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum At {
    Made(Millis, String),
    Row(Place),
}

/// A part of a walk.
#[derive(Debug)]
pub struct Stretch {
    /// The keys that it met, each with its place. Some may be deleted, or belong elsewhere now.
    pub met: Vec<(KeyId, WalkPlace)>,
    /// Where the walk goes on; `None` at its end.
    pub next: Option<WalkPlace>,
}

/// A list in the order in which keys were made: a partition, and what its rows begin with.
type List = (String, &'static str);

impl Walk {
    /// Whether this walk can have such a place. A client may send any other.
    #[must_use]
    pub fn has(&self, place: &WalkPlace) -> bool {
        match (self, &place.0) {
            (Self::Everywhere, At::Row(place)) => place.is_key(),
            (Self::Org(_) | Self::Policy(..), at @ At::Made(..)) => at.made().is_some(),
            _ => false,
        }
    }

    /// The lists that have these keys, in these dialects.
    fn lists(&self, dialects: &[Dialect]) -> Vec<List> {
        match self {
            Self::Org(org) => {
                let own = dialects.iter().map(|dialect| (list_partition(*dialect, org), RowGroup::Live.prefix()));
                // A key that moved here stays in the list of the organisation that it was made in.
                let moving = dialects.iter().filter(|dialect| dialect.moves_keys());
                let moved = moving.map(|dialect| (list_partition(*dialect, org), RowGroup::Moved.prefix()));
                own.chain(moved).collect()
            }
            Self::Policy(org, policy) => vec![(naming_partition(org, policy), "")],
            Self::Everywhere => Vec::new(),
        }
    }
}

impl Store {
    /// The next part of a walk through the keys of these dialects, after a place that it
    /// [has](Walk::has): at most `most` keys, and one read of at most `most` rows for each list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn walk(
        &self,
        _operator: OperatorScope,
        walk: &Walk,
        dialects: &[Dialect],
        after: Option<WalkPlace>,
        most: usize,
    ) -> Result<Stretch, StoreError> {
        let rows = i32::try_from(most).unwrap_or(i32::MAX).max(1);
        if let Walk::Everywhere = walk {
            return self.walk_everywhere(dialects, after, rows).await;
        }
        let after = after.and_then(|place| place.0.made());
        let reads = walk.lists(dialects).into_iter().map(|list| self.walk_list(list, dialects, after, rows));
        let (mut met, mut ends) = (Vec::new(), Vec::new());
        for read in at_the_same_time(reads).await {
            let (keys, end) = read?;
            met.extend(keys);
            ends.extend(end);
        }
        // Behind the end of what was read of one list may be keys that come before those of another.
        let mut end = ends.into_iter().min();
        met.retain(|key| end.is_none_or(|end| *key <= end));
        met.sort();
        met.dedup();
        if met.len() > most {
            met.truncate(most);
            end = met.last().copied();
        }
        let met = met.into_iter().map(|key| (key.id, WalkPlace::made(key))).collect();
        Ok(Stretch { met, next: end.map(WalkPlace::made) })
    }

    /// The next rows of a list, and the last of them if the list goes on.
    async fn walk_list(
        &self,
        (partition, prefix): List,
        dialects: &[Dialect],
        after: Option<MadeAt>,
        most: i32,
    ) -> Result<(Vec<MadeAt>, Option<MadeAt>), StoreError> {
        let rows = if prefix.is_empty() { Rows::All } else { Rows::BeginningWith(prefix) };
        let query = self.query(Table::OrgKeys, partition.clone(), &rows).limit(most);
        let query = query.set_exclusive_start_key(after.map(|after| after.in_list(partition, prefix)));
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        // Only the rows of keys that name a policy say their dialect: other lists have one dialect.
        let of_another = |row: &&Item| attributes::text(row, name::DIALECT).is_ok_and(|of| !is_one_of(of, dialects));
        let rows = read.items.unwrap_or_default();
        let met = rows.iter().filter(|row| !of_another(row)).map(MadeAt::of).collect::<Result<_, _>>()?;
        Ok((met, read.last_evaluated_key.as_ref().map(MadeAt::of).transpose()?))
    }

    async fn walk_everywhere(
        &self,
        dialects: &[Dialect],
        after: Option<WalkPlace>,
        most: i32,
    ) -> Result<Stretch, StoreError> {
        let prefixes: Vec<_> = dialects.iter().enumerate().map(|(at, of)| (format!(":{at}"), *of)).collect();
        let is_list = prefixes.iter().map(|(value, _)| format!("begins_with(#org, {value})")).collect::<Vec<_>>();
        let scan = self
            .scan(Table::OrgKeys)
            .filter_expression(format!("begins_with(#sk, :live) AND ({})", is_list.join(" OR ")))
            .expression_attribute_names("#org", "org")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":live", s(RowGroup::Live.prefix()))
            .set_exclusive_start_key(after.and_then(|place| place.0.row()))
            .limit(most);
        let scan = prefixes.into_iter().fold(scan, |scan, (value, dialect)| {
            scan.expression_attribute_values(value, AttributeValue::S(dialect_prefix(dialect)))
        });
        let read = scan.send().await.map_err(StoreError::failed("Scan"))?;
        let place = |row: &Item| Ok::<_, StoreError>(WalkPlace(At::Row(Place::of(row)?)));
        let rows = read.items.unwrap_or_default();
        let met = rows.iter().map(|row| Ok((listed_id(row)?, place(row)?))).collect::<Result<_, StoreError>>()?;
        Ok(Stretch { met, next: read.last_evaluated_key.as_ref().map(place).transpose()? })
    }

    /// Those of at most a hundred keys that exist, in no order. One read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keys_met(
        &self,
        _operator: OperatorScope,
        met: &[(KeyId, WalkPlace)],
        now: Millis,
    ) -> Result<Vec<Key>, StoreError> {
        live_keys(&self.batch_get(Table::Keys, met.iter().map(|(id, _)| item_key(*id)).collect()).await?, now)
    }

    /// The key with this id, of whatever dialect and organisation; `None` if it is deleted. One read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn key(&self, _operator: OperatorScope, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        let item = self.get(Table::Keys, item_key(id)).await?;
        let key = live_keys(item.as_slice(), now)?.pop();
        key.iter().for_each(|key| telemetry::about_key(id, &key.org));
        Ok(key)
    }
}

impl WalkPlace {
    fn made(at: MadeAt) -> Self {
        Self(At::Made(at.made, at.id.to_string()))
    }
}

impl At {
    fn made(&self) -> Option<MadeAt> {
        let Self::Made(made, id) = self else { return None };
        Some(MadeAt { made: *made, id: KeyId::parse(id)? }).filter(|at| at.made >= 0)
    }

    fn row(self) -> Option<Item> {
        let Self::Row(place) = self else { return None };
        Some(place.into())
    }
}

fn is_one_of(name: &str, dialects: &[Dialect]) -> bool {
    dialects.iter().any(|dialect| dialect.as_str() == name)
}
