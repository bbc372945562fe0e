//! An organisation's name and balance: attributes of its profile, which may have others.

use serde_json::{Value, json};

use crate::access::OrgScope;
use crate::clock::Millis;
use crate::limits::Money;
use crate::orgs::OrgId;
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, Item, n, name, s};
use crate::store::items::primary_key::profile_key;
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

const NAME: &str = "name";
/// In billionths.
const BALANCE: &str = "balance";

/// What is known of an organisation. What was never set is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgProfile {
    /// Its display name.
    pub name: Option<String>,
    /// What it has left to spend, as the administrator set it.
    pub balance: Option<Money>,
}

impl OrgProfile {
    /// This profile, with every value that `new` has.
    fn with(&self, new: &Self) -> Self {
        let name = new.name.clone().or_else(|| self.name.clone());
        Self { name, balance: new.balance.or(self.balance) }
    }

    fn attributes(&self) -> Item {
        let name = self.name.iter().map(|text| (NAME.to_owned(), s(text)));
        name.chain(self.balance.iter().map(|money| (BALANCE.to_owned(), n(money.nanos())))).collect()
    }

    /// For people to read.
    fn summary(&self) -> Value {
        json!({"name": self.name, "balance": self.balance.map(|money| money.to_string())})
    }
}

impl Store {
    /// What is known of the organisation. One read.
    pub async fn org_profile(&self, scope: &OrgScope) -> Result<OrgProfile, StoreError> {
        Ok(self.stored_profile(scope.org()).await?.map_or_else(OrgProfile::default, |(_, profile)| profile))
    }

    /// Sets what `new` has, leaves the rest, and returns all that is known then. This costs one
    /// read and one transaction, and again if another change came first.
    pub async fn set_org_profile(
        &self,
        scope: &OrgScope,
        new: &OrgProfile,
        now: Millis,
    ) -> Result<OrgProfile, StoreError> {
        let org = scope.org();
        let mut retry = Retry::of_change();
        loop {
            let stored = self.stored_profile(org).await?;
            let (revision, old) = stored.map_or((0, None), |(revision, old)| (revision, Some(old)));
            let set = old.clone().unwrap_or_default().with(new);
            let write = if old.is_some() {
                let mut update = Update::revise(revision);
                update.set_all(set.attributes());
                self.update(Table::Organizations, profile_key(org), update)?
            } else {
                let mut item = profile_key(org);
                item.insert(name::REVISION.into(), n(1));
                item.extend(set.attributes());
                self.put_new(Table::Organizations, item)?
            };
            let (before, after) = (old.map(|old| old.summary()), set.summary());
            let record = Audited {
                what: "organization.set",
                subject: format!("organization:{org}"),
                org,
                from: None,
                revision: revision + 1,
                before: before.as_ref(),
                after: Some(&after),
            };
            let parts = vec![write, self.audit(scope, now, &record)?];
            if self.transact_as(scope, None, parts).await? == Outcome::Done {
                return Ok(set);
            }
            retry.after_pause().await?;
        }
    }

    /// The profile of `org`, with its revision.
    async fn stored_profile(&self, org: &OrgId) -> Result<Option<(i64, OrgProfile)>, StoreError> {
        let Some(item) = self.get(Table::Organizations, profile_key(org)).await? else { return Ok(None) };
        let name = item.get(NAME).and_then(|name| name.as_s().ok()).cloned();
        let balance = attributes::optional_amount(&item, BALANCE)?.map(Money::from_nanos);
        Ok(Some((attributes::number(&item, name::REVISION)?, OrgProfile { name, balance })))
    }
}
