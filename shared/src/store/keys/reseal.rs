//! Seals anew what an old secret sealed, so that the old one can be dropped.

use crate::secrets::{Purpose, SealError, Sealed, Sealer};
use crate::store::items::attributes::{self, Item, b, name};
use crate::store::items::primary_key::binding_of;
use crate::store::lookup;
use crate::store::write::conditions::Condition;
use crate::store::write::retry::Retry;
use crate::store::write::update::Update;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// How far the move has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Items looked at.
    pub read: usize,
    /// Values moved to the newest secret.
    pub moved: usize,
    /// Values that no listed secret opens. They stay as they are.
    pub unreadable: usize,
}

/// Where sealed values are: the table, the attribute, and the purpose they are sealed for.
const SEALED: [(Table, &str, Purpose); 3] = [
    (Table::OrgKeys, name::TOKEN, Purpose::Token),
    (Table::Keys, name::SECRETS, Purpose::Secrets),
    (Table::Organizations, name::SECRETS, Purpose::Secrets),
];

impl Store {
    /// Seals everything anew that the newest secret has not sealed. It may be stopped and started
    /// again at any time, and may run while the service does. Calls `progress` after every page.
    pub async fn reseal(&self, sealer: &Sealer, mut progress: impl FnMut(Resealed)) -> Result<Resealed, StoreError> {
        let mut done = Resealed::default();
        for (table, attribute, purpose) in SEALED {
            let mut pages = lookup::scan_pages(self.scan(table)).send();
            while let Some(page) = pages.next().await {
                for item in page.map_err(StoreError::failed("Scan"))?.items.unwrap_or_default() {
                    done.read += 1;
                    match resealed(&item, table, attribute, purpose, sealer) {
                        Ok(None) => {}
                        Ok(Some((old, new))) => done.moved += self.swap(table, attribute, &item, &old, &new).await?,
                        Err(_) => done.unreadable += 1,
                    }
                }
                progress(done);
            }
        }
        Ok(done)
    }

    /// Replaces `old` by `new`, and returns how many values that were: none if a change came
    /// between, which used the newest secret itself.
    async fn swap(
        &self,
        table: Table,
        attribute: &str,
        item: &Item,
        old: &Sealed,
        new: &Sealed,
    ) -> Result<usize, StoreError> {
        let (partition, sort) = table.key();
        let key = [Some(partition), sort].into_iter().flatten();
        let key: Item = key.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect();
        let mut retry = Retry::of_change();
        loop {
            let mut update = Update::default();
            update.require(Condition::equals(attribute, b(old.as_bytes())));
            update.set(attribute, b(new.as_bytes()));
            match self.send(table, key.clone(), update).await? {
                Attempt::Done(_) => return Ok(1),
                Attempt::Missed(_) => return Ok(0),
                Attempt::Busy => retry.after_pause().await?,
            }
        }
    }
}

/// The item's sealed value, and the same value sealed anew; `None` if there is none, or it is
/// sealed with the newest secret.
fn resealed(
    item: &Item,
    table: Table,
    attribute: &'static str,
    purpose: Purpose,
    sealer: &Sealer,
) -> Result<Option<(Sealed, Sealed)>, SealError> {
    let Some(old) = attributes::bytes(item, attribute).map(Sealed::from_bytes) else { return Ok(None) };
    if old.version() == Some(sealer.current()) {
        return Ok(None);
    }
    let bound_to = binding_of(table, item).map_err(|_| SealError::Unopenable)?;
    let plain = sealer.open(purpose, &bound_to, &old)?;
    let new = sealer.seal(purpose, &bound_to, &plain)?;
    Ok(Some((old, new)))
}
