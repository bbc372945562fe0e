//! The exact check of an organisation's limits. Its units are taken last, and never given back.

use super::take::{Full, Take, counted, full};
use crate::access::GateScope;
use crate::access::rules::Applying;
use crate::keys::OrgLimits;
use crate::orgs::OrgId;
use crate::store::items::attributes::Item;
use crate::store::items::key_config;
use crate::store::items::org_limits;
use crate::store::items::primary_key::limits_key;
use crate::store::write::retry::Retry;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// The result of an organisation's check.
#[derive(Debug)]
pub enum OrgCheck {
    /// It has no limits.
    Unlimited,
    /// It is deactivated.
    Inactive,
    /// It has access only to other APIs.
    OtherApis,
    /// A limit is used up.
    Full(Full),
    /// The units were taken.
    Taken,
}

/// An organisation's limits, read while the key's check was still under way.
#[derive(Debug)]
pub struct OrgRead {
    org: OrgId,
    limits: Option<OrgLimits>,
}

impl Store {
    /// Reads the limits of `org` before they are needed, unless the instance remembers them.
    pub async fn read_org_ahead(&self, _gate: GateScope, org: OrgId) -> Result<Option<OrgRead>, StoreError> {
        if self.remembered.org(&org).is_some() {
            return Ok(None);
        }
        let limits = self.read_org(&org).await?;
        Ok(Some(OrgRead { org, limits }))
    }

    /// Takes units from an organisation for a call of `api`, if it has limits and they allow it.
    /// This costs one update if the instance remembers the limits. Otherwise it costs a read, which
    /// may have happened `ahead`, and an update if the limits are on a number of calls.
    ///
    /// # Errors
    /// When the store fails, or the limits change faster than they can be read.
    pub async fn take_from_org(
        &self,
        org: &OrgId,
        api: &str,
        take: Take,
        ahead: Option<OrgRead>,
    ) -> Result<OrgCheck, StoreError> {
        let remembered = self.remembered.org(org).filter(|_| !take.look);
        let (mut limits, mut fresh) = match (ahead.filter(|read| read.org == *org), remembered) {
            (Some(read), _) => (read.limits, true),
            (None, Some(limits)) => (Some(limits), false),
            (None, None) => (self.read_org(org).await?, true),
        };
        let applying = Applying::default();
        let mut retry = Retry::of_check();
        loop {
            let Some(known) = limits.take() else { return Ok(OrgCheck::Unlimited) };
            let counted = counted(&known.config.limits, &applying);
            let refused = barred(&known, api).or_else(|| full(&counted, take).map(OrgCheck::Full));
            // Where nothing is counted, a read is as good as an update.
            let decided = refused.or((take.look || counted.is_empty()).then_some(OrgCheck::Taken));
            match decided {
                Some(decided) if fresh => return Ok(decided),
                Some(_) => {
                    (limits, fresh) = (self.read_org(org).await?, true);
                    retry.at_once()?;
                    continue;
                }
                None => {}
            }
            match self.attempt_org(limits_key(org), known.revision, &counted, take).await? {
                Attempt::Done(item) => {
                    let _seen = self.seen_org(org, Some(item))?;
                    return Ok(OrgCheck::Taken);
                }
                Attempt::Missed(item) => {
                    (limits, fresh) = (self.seen_org(org, item)?, true);
                    retry.at_once()?;
                }
                Attempt::Busy => {
                    (limits, fresh) = (Some(known), false);
                    retry.after_pause().await?;
                }
            }
        }
    }

    async fn read_org(&self, org: &OrgId) -> Result<Option<OrgLimits>, StoreError> {
        self.seen_org(org, self.get(Table::Organizations, limits_key(org)).await?)
    }

    /// The limits in `item`; `None` if they are deleted. Only limits that an update depends on are
    /// worth remembering.
    fn seen_org(&self, org: &OrgId, item: Option<Item>) -> Result<Option<OrgLimits>, StoreError> {
        let limits = item.filter(|item| !key_config::is_deleted(item));
        let limits = limits.map(|item| self.read_seen_org(org, &item)).transpose()?;
        match &limits {
            Some(seen) if !counted(&seen.config.limits, &Applying::default()).is_empty() => {
                self.remembered.remember_org(org, seen);
            }
            _ => self.remembered.forget_org(org),
        }
        Ok(limits)
    }

    /// Does not parse access rights again that are remembered.
    fn read_seen_org(&self, org: &OrgId, item: &Item) -> Result<OrgLimits, StoreError> {
        org_limits::read_again(item, self.remembered.org_access(org).as_ref())
    }
}

/// Why an organisation refuses a call even if its limits allow it.
fn barred(known: &OrgLimits, api: &str) -> Option<OrgCheck> {
    let access = &known.config.access;
    if known.config.inactive {
        Some(OrgCheck::Inactive)
    } else {
        (!access.is_empty() && !access.has(api)).then_some(OrgCheck::OtherApis)
    }
}
