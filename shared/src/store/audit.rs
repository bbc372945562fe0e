//! Audit records: who changed what, from what to what, when. Each is part of the change's own
//! transaction.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use serde_json::Value;

use super::items::attributes::{n, name, s};
use super::items::primary_key::audit_key;
use super::{Store, StoreError, Table};
use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{KeyConfig, KeyId};
use crate::orgs::OrgId;
use crate::telemetry;

/// What a change sets, for people to read; never a secret.
pub(super) trait Summary {
    fn summary(&self) -> Value;
}

impl Summary for KeyConfig {
    fn summary(&self) -> Value {
        self.summary()
    }
}

impl Summary for Value {
    fn summary(&self) -> Value {
        self.clone()
    }
}

/// A change, as it is recorded.
pub(super) struct Audited<'a, T = KeyConfig> {
    /// What was done, such as `key.create`.
    pub(super) what: &'static str,
    /// The id of what was changed.
    pub(super) subject: String,
    /// The organisation that owns it after the change.
    pub(super) org: &'a OrgId,
    /// The revision that the change made. Subject and revision name the record.
    pub(super) revision: i64,
    /// What it was set to before.
    pub(super) before: Option<&'a T>,
    /// What it is set to now.
    pub(super) after: Option<&'a T>,
}

impl<'a> Audited<'a> {
    /// A change of a key, from one configuration to another.
    pub(super) fn key(
        what: &'static str,
        id: KeyId,
        revision: i64,
        org: &'a OrgId,
        (before, after): (Option<&'a KeyConfig>, Option<&'a KeyConfig>),
    ) -> Self {
        Self { what, subject: format!("key:{id}"), org, revision, before, after }
    }
}

impl Store {
    /// A part of a transaction: the record of `change`. A partition holds one organisation's day.
    pub(super) fn audit<T: Summary>(
        &self,
        scope: &Scope,
        now: Millis,
        change: &Audited<'_, T>,
    ) -> Result<TransactWriteItem, StoreError> {
        let at = Timestamp::from_millisecond(now).map_err(|_| StoreError::Damaged("clock"))?;
        let Audited { what, subject, org, revision, before, after } = change;
        telemetry::about_org(org);
        let mut record = audit_key(org, &format!("{at:.3}"), subject, *revision);
        record.extend([
            ("who".into(), s(&scope.actor)),
            ("what".into(), s(*what)),
            ("subject".into(), s(subject)),
            ("dialect".into(), s(scope.dialect.as_str())),
            ("request".into(), s(&scope.request_id)),
            (name::OWNER.into(), s(org.as_str())),
            (name::REVISION.into(), n(*revision)),
        ]);
        let summary = |set: &T| s(set.summary().to_string());
        record.extend(before.map(|config| ("before".into(), summary(config))));
        record.extend(after.map(|config| ("after".into(), summary(config))));
        self.put_new(Table::Audit, record)
    }
}
