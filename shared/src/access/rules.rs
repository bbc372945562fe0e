//! What a key may do, judged on one revision of it and before its limits.

use crate::clock::Millis;
use crate::keys::Key;
use crate::limits::{LimitScope, PerKind, WindowKind};
use crate::rights::{self, Barred, Call};

/// The scopes of the limits that apply; without one, the key's own limits do.
pub type Applying = PerKind<Option<LimitScope>>;

/// Judges whether `key` may make `call` at `now`. Without access rights it may do so only if
/// `master_keys` are allowed.
///
/// # Errors
/// The first reason why it may not, in the order of [`Barred`].
pub fn judge(key: &Key, call: &Call<'_>, master_keys: bool, now: Millis) -> Result<Applying, Barred> {
    let config = &key.config;
    if config.follows_policies() && key.plan.as_ref().is_none_or(|plan| plan.unmet.is_some()) {
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
    // The API's own limits replace the key's; an endpoint's rate replaces either.
    let allowance = key.plan.as_ref().and_then(|plan| plan.allowances.get(call.api)).cloned();
    let api = allowance.unwrap_or_else(|| {
        let own = Some(LimitScope::api(call.api)).filter(scoped);
        PerKind::from_fn(|_| own.clone())
    });
    let endpoint = endpoint.filter(|scope| scoped(scope)).cloned();
    Ok(PerKind::from_fn(|kind| match kind {
        WindowKind::Rate => endpoint.clone().or_else(|| api[kind].clone()),
        WindowKind::Quota => api[kind].clone(),
    }))
}
