//! The gate's answers about the audit log. No record has a secret.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use crate::envelope::json;
use crate::envelope::link::link_next;
use crate::runtime::request::Response;
use crate::store::AuditRecord;

/// A record in a list.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct ListedRecord<'a> {
    #[cfg_attr(feature = "describe", schema(format = Uuid))]
    id: String,
    #[cfg_attr(feature = "describe", schema(format = DateTime))]
    at: &'a str,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    #[cfg_attr(feature = "describe", schema(format = Uuid, required))]
    key_id: Option<String>,
    org_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    from_org_id: Option<&'a str>,
    dialect: &'a str,
    request_id: &'a str,
    revision: i64,
    /// The subject before the change, without secrets.
    #[cfg_attr(feature = "describe", schema(required))]
    before: Option<&'a Value>,
    /// The subject after the change, without secrets.
    #[cfg_attr(feature = "describe", schema(required))]
    after: Option<&'a Value>,
}

/// A page of records, newest first.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct RecordList<'a> {
    #[cfg_attr(feature = "describe", schema(value_type = Vec<ListedRecord<'_>>))]
    records: &'a [ListedRecord<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    next: Option<&'a str>,
}

impl<'a> ListedRecord<'a> {
    /// The record as it is answered.
    #[must_use]
    pub fn of(record: &'a AuditRecord) -> Self {
        Self {
            id: record.id.to_string(),
            at: &record.at,
            actor: &record.actor,
            action: &record.action,
            subject: &record.subject,
            key_id: record.key.map(|id| id.to_string()),
            org_id: record.org.as_str(),
            from_org_id: record.from.as_ref().map(|org| org.as_str()),
            dialect: &record.dialect,
            request_id: &record.request,
            revision: record.revision,
            before: record.before.as_ref(),
            after: record.after.as_ref(),
        }
    }
}

/// A page of records and, if the log continues, the address of the next page.
#[must_use]
pub fn listed_records(records: &[ListedRecord<'_>], next: Option<&str>) -> Response {
    let mut response = json::line(StatusCode::OK, &RecordList { records, next });
    link_next(&mut response, next);
    response
}
