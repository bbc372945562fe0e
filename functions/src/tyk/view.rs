//! A session as `GET` shows it: with current counters, without what only the gateway needs.

use latchkey_shared::clock::Millis;
use latchkey_shared::limits::{LimitScope, Limits, WindowKind, carried};
use latchkey_shared::policies::session_limits::{limits_by_policy, shows_own_limit};
use serde_json::{Map, Value, json};

use super::policies::follows_policies;
use super::session::Session;

/// The session of a key with the counters in `limits`. If the key follows policies, the session is merged with them.
pub(super) fn key_view(mut session: Session, limits: &Limits, now: Millis) -> Value {
    let has_policies = follows_policies(&session);
    let (merged, allowances) = if has_policies { limits_by_policy(session.fields()) } else { Default::default() };
    let moved = has_policies.then(|| carried(&merged, limits, now));
    let limits = moved.as_ref().unwrap_or(limits);
    for (api, access) in session.object_mut("access_rights").into_iter().flatten() {
        let Some(access) = access.as_object_mut() else { continue };
        let own = match allowances.get(api) {
            Some(scopes) => Some(*limits.holding(WindowKind::Quota, scopes[WindowKind::Quota].as_ref())),
            None => limits.scoped.get(&LimitScope::api(api)).and_then(|windows| windows[WindowKind::Quota]),
        };
        let Some(limit) = access.get_mut("limit").and_then(Value::as_object_mut) else { continue };
        if !shows_own_limit(limit) {
            continue;
        }
        if let Some(quota) = own.filter(|quota| !quota.is_unlimited()) {
            limit.insert("quota_remaining".into(), quota.remaining(now).unwrap_or(quota.max).into());
        }
        if !has_policies {
            access.insert("allowance_scope".into(), api.as_str().into());
        }
    }
    session_view(session, limits, now)
}

/// The session of an organisation, with the counters of its quota only.
pub(super) fn session_view(mut session: Session, limits: &Limits, now: Millis) -> Value {
    let quota = &limits.windows[WindowKind::Quota];
    if let Some(left) = quota.remaining(now) {
        session.set("quota_remaining", left);
        if let Some(second) = quota.resets_at() {
            session.set("quota_renews", second);
        }
    } else if quota.has_ended(now) {
        // The next use starts a new period.
        session.set("quota_remaining", quota.max);
    }
    shown(session)
}

/// The fields of `session` that are shown: no password, and smoothing only where it is enabled.
pub(super) fn shown(mut session: Session) -> Value {
    if let Some(data) = session.object_mut("basic_auth_data") {
        data.remove("password");
        if data.is_empty() {
            session.take("basic_auth_data");
        }
    }
    if !session.object("smoothing").is_some_and(is_enabled) {
        session.take("smoothing");
    }
    for access in session.object_mut("access_rights").into_iter().flat_map(Map::values_mut) {
        if let Some(limit) = access.get_mut("limit").and_then(Value::as_object_mut)
            && !limit.get("smoothing").and_then(Value::as_object).is_some_and(is_enabled)
        {
            limit.remove("smoothing");
        }
        if let Some(access) = access.as_object_mut().filter(|access| access.get("limit") == Some(&json!({}))) {
            access.remove("limit");
        }
    }
    Value::Object(session.into_fields())
}

fn is_enabled(smoothing: &Map<String, Value>) -> bool {
    smoothing.get("enabled").and_then(Value::as_bool).unwrap_or_default()
}
