//! The options that set fields of a Tyk session, which is a key's document.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::client::failure::Failure;
use crate::client::limit::Limit;
use crate::client::object::Object;
use crate::client::time::Expiry;

/// Limits and APIs, of a key or of an organisation.
#[derive(clap::Args)]
pub(in crate::client) struct Limits {
    /// An API that may be called; may be repeated
    #[arg(long)]
    api: Vec<String>,
    /// Calls in a time, such as 100/60s, or none
    #[arg(long, value_name = "N/TIME")]
    rate: Option<Limit>,
    /// Calls in a longer time, such as 10000/30d, or none
    #[arg(long, value_name = "N/TIME")]
    quota: Option<Limit>,
}

/// What else a key's document says.
#[derive(clap::Args)]
pub(super) struct SessionOptions {
    /// A label for people
    #[arg(long)]
    pub(super) alias: Option<String>,
    #[command(flatten)]
    pub(super) limits: Limits,
    /// A policy that the key follows; may be repeated
    #[arg(long, value_name = "ID")]
    pub(super) policy: Vec<String>,
    /// A tag; may be repeated
    #[arg(long)]
    tag: Vec<String>,
    /// When it expires: a time, a day, a span such as 30d, or never
    #[arg(long, value_name = "TIME")]
    expires: Option<Expiry>,
}

impl Limits {
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.api.is_empty() && self.rate.is_none() && self.quota.is_none()
    }

    /// Sets those that are given. An API that the session has keeps its rules.
    pub(in crate::client) fn apply(&self, session: &mut Object) -> Result<(), Failure> {
        if !self.api.is_empty() {
            let mut old: BTreeMap<String, Box<RawValue>> = session.get("access_rights").unwrap_or_default();
            let all = to_raw_value(&json!({})).map_err(Failure::usage)?;
            let rules = |api: &String| (api.clone(), old.remove(api).unwrap_or_else(|| all.clone()));
            let new: BTreeMap<_, _> = self.api.iter().map(rules).collect();
            session.set("access_rights", new)?;
        }
        if let Some(Limit { units, seconds }) = self.rate {
            session.set("rate", units)?;
            session.set("per", seconds)?;
        }
        if let Some(Limit { units, seconds }) = self.quota {
            session.set("quota_max", if units == 0 { json!(-1) } else { json!(units) })?;
            session.set("quota_renewal_rate", seconds)?;
        }
        Ok(())
    }
}

impl SessionOptions {
    /// Whether the options that only Tyk's dialect has are absent.
    pub(super) fn is_for_any_dialect(&self) -> bool {
        self.limits.is_empty() && self.tag.is_empty() && self.expires.is_none()
    }

    /// Sets the fields that are given.
    pub(super) fn apply(&self, session: &mut Object) -> Result<(), Failure> {
        self.limits.apply(session)?;
        if let Some(alias) = &self.alias {
            session.set("alias", alias)?;
        }
        if !self.policy.is_empty() {
            session.set("apply_policies", &self.policy)?;
            session.remove("apply_policy_id");
        }
        if !self.tag.is_empty() {
            session.set("tags", self.tag.iter().filter(|tag| !tag.is_empty()).collect::<Vec<_>>())?;
        }
        if let Some(expires) = self.expires {
            session.set("expires", second(expires)?)?;
        }
        Ok(())
    }
}

/// The Unix second of an expiry, which must not be past: the service would ignore it.
fn second(expires: Expiry) -> Result<i64, Failure> {
    let now = Timestamp::now();
    match expires.second(now) {
        past if expires != Expiry::Never && past <= now.as_second() => {
            Err(Failure::usage("--expires is past; to end a key now, delete it"))
        }
        second => Ok(second),
    }
}
