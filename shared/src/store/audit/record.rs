//! Writes audit records: who changed what, from what to what, when. Each is part of the change's own
//! transaction.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use super::name::{AFTER, BEFORE, DIALECT, FROM, REQUEST, SUBJECT, WHAT, WHO};
use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{KeyConfig, KeyId};
use crate::orgs::OrgId;
use crate::store::items::attributes::{n, name, s};
use crate::store::items::audit_key::{audit_instant, audit_key, key_subject};
use crate::store::{Store, StoreError, Table};
use crate::telemetry;

/// What a change sets, for people to read; never a secret.
pub(in crate::store) trait Summary {
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
pub(in crate::store) struct Audited<'a, T = KeyConfig> {
    /// What was done, such as `key.create`.
    pub(in crate::store) what: &'static str,
    /// The id of what was changed.
    pub(in crate::store) subject: String,
    /// The organisation that owns it after the change.
    pub(in crate::store) org: &'a OrgId,
    /// The organisation that owned it before, if that was another one.
    pub(in crate::store) from: Option<&'a OrgId>,
    /// The revision that the change made. Subject and revision name the record.
    pub(in crate::store) revision: i64,
    /// What it was set to before.
    pub(in crate::store) before: Option<&'a T>,
    /// What it is set to now.
    pub(in crate::store) after: Option<&'a T>,
}

impl<'a> Audited<'a> {
    /// A change of a key, from one configuration to another.
    pub(in crate::store) fn key(
        what: &'static str,
        id: KeyId,
        revision: i64,
        org: &'a OrgId,
        (before, after): (Option<&'a KeyConfig>, Option<&'a KeyConfig>),
    ) -> Self {
        Self { what, subject: key_subject(id), org, from: None, revision, before, after }
    }

    /// The same change of a key that belonged to `org` until then. Whoever follows the key's history
    /// goes on there.
    pub(in crate::store) fn of_key_from(self, org: &'a OrgId) -> Self {
        Self { from: Some(org).filter(|from| *from != self.org), ..self }
    }
}

impl Store {
    /// A part of a transaction: the record of `change`. A partition holds one organisation's day.
    pub(in crate::store) fn audit<T: Summary>(
        &self,
        scope: &Scope,
        now: Millis,
        change: &Audited<'_, T>,
    ) -> Result<TransactWriteItem, StoreError> {
        let Audited { what, subject, org, from, revision, before, after } = change;
        telemetry::about_org(org);
        let mut record = audit_key(org, &audit_instant(now), subject, *revision);
        record.extend([
            (WHO.into(), s(&scope.actor)),
            (WHAT.into(), s(*what)),
            (SUBJECT.into(), s(subject)),
            (DIALECT.into(), s(scope.dialect.as_str())),
            (REQUEST.into(), s(&scope.request_id)),
            (name::OWNER.into(), s(org.as_str())),
            (name::REVISION.into(), n(*revision)),
        ]);
        record.extend(from.map(|from| (FROM.into(), s(from.as_str()))));
        let summary = |set: &T| s(set.summary().to_string());
        record.extend(before.map(|config| (BEFORE.into(), summary(config))));
        record.extend(after.map(|config| (AFTER.into(), summary(config))));
        self.put_new(Table::Audit, record)
    }
}
