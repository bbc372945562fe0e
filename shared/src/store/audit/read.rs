//! An audit record, read back.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;
use uuid::Uuid;

use super::log::AuditPlace;
use super::name::{AFTER, AT, BEFORE, DIALECT, FROM, REQUEST, SUBJECT, WHAT, WHO};
use crate::keys::KeyId;
use crate::orgs::OrgId;
use crate::store::StoreError;
use crate::store::items::attributes::{self, Item, name};
use crate::store::items::audit_key::{audit_time, subject_key};

/// Who changed what, from what to what, and when. No part of it is a secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// Names the record, and no other.
    pub id: Uuid,
    /// When the change was made, in RFC 3339.
    pub at: String,
    /// Who made it.
    pub actor: String,
    /// What was done, such as `key.create`.
    pub action: String,
    /// What was changed: its kind, a colon, and its id.
    pub subject: String,
    /// The key that was changed, if it was one.
    pub key: Option<KeyId>,
    /// The dialect in which it was done.
    pub dialect: String,
    /// The id of the request.
    pub request: String,
    /// The organisation that owned the subject after the change.
    pub org: OrgId,
    /// The organisation that the key belonged to before, if that was another one.
    pub from: Option<OrgId>,
    /// The revision that the change made.
    pub revision: i64,
    /// What was set before.
    pub before: Option<Value>,
    /// What is set since.
    pub after: Option<Value>,
    /// Where the older records are.
    pub place: AuditPlace,
}

impl AuditRecord {
    /// Reads a record.
    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        let text = |name| attributes::text(item, name).map(str::to_owned);
        let (sort, subject) = (text(AT)?, text(SUBJECT)?);
        let org = OrgId::from_stored(attributes::text(item, name::OWNER)?);
        let from = item.get(FROM).and_then(|from| from.as_s().ok());
        let key = subject_key(&subject);
        Ok(Self {
            id: id(&org, &sort),
            at: audit_time(&sort).to_owned(),
            actor: text(WHO)?,
            action: text(WHAT)?,
            subject,
            key,
            dialect: text(DIALECT)?,
            request: text(REQUEST)?,
            from: from.map(|from| OrgId::from_stored(from)),
            revision: attributes::number(item, name::REVISION)?,
            before: set(item, BEFORE)?,
            after: set(item, AFTER)?,
            place: AuditPlace::before_record(org.clone(), sort),
            org,
        })
    }
}

/// The same for the same record, whoever reads it.
fn id(org: &OrgId, sort: &str) -> Uuid {
    // No organisation's id has a control character.
    let hash = digest(&SHA256, format!("{org}\n{sort}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn set(item: &Item, name: &'static str) -> Result<Option<Value>, StoreError> {
    let text = item.contains_key(name).then(|| attributes::text(item, name)).transpose()?;
    text.map(|text| serde_json::from_str(text).map_err(|_| StoreError::Damaged(name))).transpose()
}
