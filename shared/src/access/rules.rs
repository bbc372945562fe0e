//! What a key may do: judged on one revision of it, before any limit is looked at.

use crate::clock::Millis;
use crate::keys::Key;
use crate::limits::{LimitScope, PerKind, WindowKind};
use crate::rights::{self, Barred, Call};

/// Which limits hold: those of a scope, or, without one, the key's own.
pub type Applying = PerKind<Option<LimitScope>>;

/// Judges whether `key` may do `call` at `now`. A key without access rights may only where `master_keys` are allowed.
///
/// # Errors
/// Why it may not: the first of the reasons, in their order.
pub fn judge(key: &Key, call: &Call<'_>, master_keys: bool, now: Millis) -> Result<Applying, Barred> {
    let config = &key.config;
    if config.unmet_policies {
        return Err(Barred::Policies);
    }
    if config.inactive {
        return Err(Barred::Inactive);
    }
    if config.usable_until <= now {
        return Err(Barred::Expired);
    }
    if config.any_api {
        return if master_keys { Ok(Applying::default()) } else { Err(Barred::Api) };
    }
    if rights::is_absolute(call.path) {
        return Err(Barred::Resource);
    }
    let endpoint = config.access.api(call.api).ok_or(Barred::Api)?.judge(call)?;
    let scoped = |scope: &LimitScope| config.limits.scoped.contains_key(scope);
    // The API's own limits take the place of the key's; an endpoint's rate takes the place of either.
    let api = Some(LimitScope::api(call.api)).filter(scoped);
    let endpoint = endpoint.filter(|scope| scoped(scope)).cloned();
    Ok(PerKind::from_fn(|kind| match kind {
        WindowKind::Rate => endpoint.clone().or_else(|| api.clone()),
        WindowKind::Quota => api.clone(),
    }))
}
