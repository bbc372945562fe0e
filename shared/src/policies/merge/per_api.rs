//! Policies that limit each API by itself.

use super::super::limit::{is_greater, list, set};
use super::super::policy::Policy;
use super::entry::Entry;
use super::{Fields, Merging, Unmet, renewals_of};

impl Merging {
    /// Takes over the policy's entries as they are. Where an API has one already, the looser limits
    /// of both apply.
    pub(super) fn apply_per_api(&mut self, session: &Fields, policy: &Policy) -> Result<(), Unmet> {
        if self.partitioned {
            return Err(Unmet::Mixed);
        }
        self.per_api = true;
        let kept = renewals_of(session);
        for (api, said) in policy.rights() {
            let mut entry = Entry::read(said);
            entry.set_by = policy.id().to_owned();
            if entry.limit.is_empty() {
                entry.limit = policy.limit();
                entry.scope.clone_from(&entry.set_by);
            } else {
                entry.scope.clone_from(api);
            }
            if let Some(renews) = kept.get(api) {
                entry.limit.quota_renews = *renews;
            }
            if let Some(known) = self.rights.remove(api) {
                loosen(&mut entry, known);
            }
            for apis in [&mut self.quota, &mut self.rate, &mut self.acl, &mut self.depth] {
                apis.insert(api.clone());
            }
            self.rights.insert(api.clone(), entry);
        }
        Ok(())
    }
}

/// Gives `entry` what is looser in `known`. An unset rate is the loosest.
fn loosen(entry: &mut Entry, known: Entry) {
    let faster = entry.limit.pace() > known.limit.pace();
    let larger = is_greater(known.limit.quota_max, entry.limit.quota_max);
    if faster {
        entry.limit.take_rate(&known.limit);
    }
    if larger {
        entry.limit.quota_max = known.limit.quota_max;
    }
    entry.limit.quota_renewal_rate = entry.limit.quota_renewal_rate.max(known.limit.quota_renewal_rate);
    if entry.limit.quota_max == -1 {
        entry.limit.quota_renewal_rate = 0;
    }
    if faster || larger {
        (entry.set_by, entry.scope) = (known.set_by, known.scope);
    }
    if known.fields.get("disable_introspection").is_some() {
        set(&mut entry.fields, "disable_introspection", true);
    }
    let united = super::endpoints::united(list(&known.fields, "endpoints"), list(&entry.fields, "endpoints"));
    set(&mut entry.fields, "endpoints", united);
}
