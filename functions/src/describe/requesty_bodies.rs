//! The bodies of the Requesty dialect that no type of its endpoints stands for.
#![expect(dead_code, reason = "the fields are described, and read elsewhere")]

use std::collections::BTreeMap;

use latchkey_shared::access::RequestyPermissions;
use utoipa::ToSchema;

use super::money::Amount;
use crate::requesty::daily_usage::DailyUsage;
use crate::requesty::view::Details;

/// A key to make.
#[derive(ToSchema)]
pub(super) struct NewKey {
    /// For people; need not be unique. Up to 255 characters without the spaces around it.
    #[schema(min_length = 1)]
    name: String,
    /// What the key may spend in a calendar month; 0 for no limit.
    monthly_limit: Option<Amount>,
    permissions: Option<RequestyPermissions>,
}

/// Another limit.
#[derive(ToSchema)]
pub(super) struct NewLimit {
    /// 0 for no limit.
    monthly_limit: Amount,
}

/// Other labels.
#[derive(ToSchema)]
pub(super) struct NewLabels {
    /// Up to 50, with names of up to 63 characters and values of up to 255.
    labels: BTreeMap<String, String>,
}

/// Another expiry.
#[derive(ToSchema)]
pub(super) struct NewExpiry {
    /// A time in the future; null or missing for never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// The name and the balance of an organisation, of which one is required.
#[derive(ToSchema)]
pub(super) struct OrganizationChange {
    /// Up to 255 characters without the spaces around it.
    #[schema(min_length = 1)]
    name: Option<String>,
    balance: Option<Amount>,
}

/// The key, or with `start_date` what it used.
#[derive(ToSchema)]
#[serde(untagged)]
pub(super) enum DetailsOrUsage {
    Details(Details),
    Usage(DailyUsage),
}
