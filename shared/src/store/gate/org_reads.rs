//! What one decision reads of organisations: each of them once, whoever needs it first.

use tokio::sync::Mutex;

use crate::access::GateScope;
use crate::keys::OrgLimits;
use crate::orgs::OrgId;
use crate::store::items::attributes::{self, Item, name};
use crate::store::{Store, StoreError};

/// An organisation as it is: its limits, and the epoch of its policies.
#[derive(Clone, Debug)]
pub(super) struct OrgSeen {
    pub(super) epoch: i64,
    pub(super) limits: Option<OrgLimits>,
}

/// The organisations that were read for one decision.
#[derive(Debug)]
pub struct OrgReads<'s> {
    store: &'s Store,
    seen: Mutex<Vec<(OrgId, OrgSeen)>>,
}

impl<'s> OrgReads<'s> {
    /// For a decision that begins now.
    #[must_use]
    pub fn new(_gate: GateScope, store: &'s Store) -> Self {
        Self { store, seen: Mutex::default() }
    }

    /// Reads `org` before it is needed, unless the instance remembers limits that an update will
    /// confirm.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ahead(&self, org: &OrgId) -> Result<(), StoreError> {
        if self.store.remembered.org(org).is_none() {
            self.read(org).await?;
        }
        Ok(())
    }

    /// The epoch of the policies of `org`: read since the decision began.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn epoch(&self, org: &OrgId) -> Result<i64, StoreError> {
        Ok(self.read(org).await?.epoch)
    }

    /// The epoch of the policies of `org`: remembered or read. Whoever relies on it confirms it.
    pub(super) async fn likely_epoch(&self, org: &OrgId) -> Result<i64, StoreError> {
        match self.store.remembered.org(org) {
            Some(limits) => Ok(limits.revision),
            None => self.epoch(org).await,
        }
    }

    /// The organisation, if it was read for this decision.
    pub(super) async fn seen(&self, org: &OrgId) -> Option<OrgSeen> {
        self.seen.lock().await.iter().find(|(of, _)| of == org).map(|(_, seen)| seen.clone())
    }

    /// Whoever comes second waits for the first, and reads nothing.
    async fn read(&self, org: &OrgId) -> Result<OrgSeen, StoreError> {
        let mut all = self.seen.lock().await;
        if let Some((_, seen)) = all.iter().find(|(of, _)| of == org) {
            return Ok(seen.clone());
        }
        let seen = self.store.read_org(org).await?;
        all.push((org.clone(), seen.clone()));
        Ok(seen)
    }
}

impl OrgSeen {
    /// The epoch in `item`, which may have no limits.
    pub(super) fn epoch_of(item: Option<&Item>) -> Result<i64, StoreError> {
        item.map_or(Ok(0), |item| attributes::count(item, name::REVISION))
    }
}
