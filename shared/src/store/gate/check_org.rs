//! The exact check of an organisation's limits. Its units are taken last, and never given back.

use super::org_reads::{OrgReads, OrgSeen};
use super::take::{Full, Take, counted, full};
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
    /// Its policies changed since the key was judged by them.
    OtherPolicies,
    /// A limit is used up.
    Full(Full),
    /// The units were taken.
    Taken,
}

impl Store {
    /// Takes units from an organisation for a call of `api`, if it has limits and they allow it.
    /// This costs one update if the instance remembers the limits. Otherwise it costs a read, unless
    /// `orgs` has it, and an update if the limits are on a number of calls.
    ///
    /// If the key was judged by the organisation's policies in the epoch `followed`, nothing is
    /// taken in another one.
    ///
    /// # Errors
    /// When the store fails, or the limits change faster than they can be read.
    pub async fn take_from_org(
        &self,
        org: &OrgId,
        api: &str,
        take: Take,
        orgs: &OrgReads<'_>,
        followed: Option<i64>,
    ) -> Result<OrgCheck, StoreError> {
        let remembered = self.remembered.org(org);
        let remembered =
            remembered.filter(|limits| !take.look && followed.is_none_or(|epoch| epoch == limits.revision));
        let (mut seen, mut fresh) = match (orgs.seen(org).await, remembered) {
            (Some(seen), _) => (seen, true),
            (None, Some(limits)) => (OrgSeen { epoch: limits.revision, limits: Some(limits) }, false),
            (None, None) => (self.read_org(org).await?, true),
        };
        let applying = Applying::default();
        let mut retry = Retry::of_check();
        loop {
            if followed.is_some_and(|epoch| epoch != seen.epoch) {
                self.forget_policies(org, seen.epoch);
                return Ok(OrgCheck::OtherPolicies);
            }
            let Some(known) = seen.limits.take() else { return Ok(OrgCheck::Unlimited) };
            let counted = counted(&known.config.limits, &applying);
            let refused = barred(&known, api).or_else(|| full(&counted, take).map(OrgCheck::Full));
            // Where nothing is counted, a read is as good as an update.
            let decided = refused.or((take.look || counted.is_empty()).then_some(OrgCheck::Taken));
            match decided {
                Some(decided) if fresh => return Ok(decided),
                Some(_) => {
                    (seen, fresh) = (self.read_org(org).await?, true);
                    retry.at_once()?;
                    continue;
                }
                None => {}
            }
            match self.attempt_org(limits_key(org), known.revision, &counted, take).await? {
                Attempt::Done(item) => {
                    self.seen_org(org, Some(item))?;
                    return Ok(OrgCheck::Taken);
                }
                Attempt::Missed(item) => {
                    (seen, fresh) = (self.seen_org(org, item)?, true);
                    retry.at_once()?;
                }
                Attempt::Busy => {
                    (seen, fresh) = (OrgSeen { limits: Some(known), ..seen }, false);
                    retry.after_pause().await?;
                }
            }
        }
    }

    /// Confirms the epoch of the policies that a key was judged by, for a decision in which no
    /// limits of organisations count.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn confirm_policies(
        &self,
        org: &OrgId,
        followed: i64,
        orgs: &OrgReads<'_>,
    ) -> Result<OrgCheck, StoreError> {
        let epoch = orgs.epoch(org).await?;
        if epoch == followed {
            return Ok(OrgCheck::Unlimited);
        }
        self.forget_policies(org, epoch);
        Ok(OrgCheck::OtherPolicies)
    }

    pub(super) async fn read_org(&self, org: &OrgId) -> Result<OrgSeen, StoreError> {
        self.seen_org(org, self.get(Table::Organizations, limits_key(org)).await?)
    }

    /// The limits in `item`; `None` if they are deleted. Only limits that an update depends on are
    /// worth remembering.
    fn seen_org(&self, org: &OrgId, item: Option<Item>) -> Result<OrgSeen, StoreError> {
        let epoch = OrgSeen::epoch_of(item.as_ref())?;
        let limits = item.filter(|item| !key_config::is_deleted(item));
        let limits = limits.map(|item| self.read_seen_org(org, &item)).transpose()?;
        match &limits {
            Some(seen) if !counted(&seen.config.limits, &Applying::default()).is_empty() => {
                self.remembered.remember_org(org, seen);
            }
            _ => self.remembered.forget_org(org),
        }
        Ok(OrgSeen { epoch, limits })
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
