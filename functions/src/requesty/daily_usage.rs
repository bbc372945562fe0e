//! The usage of a key between two days, as in the first version of the API.

use std::ops::Range;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit};
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::Key;
use latchkey_shared::limits::Money;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::KeyUse;
use serde::Serialize;

use super::time;
use crate::usage::{self, hours};

/// The longest time range, in days.
const MAX_DAYS: i32 = 31;

/// What was used in total.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct DailyUsage {
    completions_requests: i64,
    spend: Money,
}

/// The hours from the UTC day `start` until before `end`. The default is until the end of today.
pub(super) fn hours_between(start: &str, end: Option<&str>, now: Millis) -> Result<Range<i64>, Failure> {
    let date = |name: &str, text| {
        time::date(text).ok_or_else(|| Failure::Invalid(name.to_owned(), "must be a date in the form YYYY-MM-DD"))
    };
    let start = date("start_date", start)?;
    let end = match end {
        Some(end) => date("end_date", end)?,
        None => tomorrow(now).ok_or(Internal::Broken("the clock is at the end of time"))?,
    };
    let wrong = |problem| Err(Failure::Invalid("end_date".into(), problem));
    match start.until((Unit::Day, end)).map_or(0, |span| span.get_days()) {
        ..=0 => wrong("must be after start_date"),
        1..=MAX_DAYS => Ok(hours::at_least_one(hours::of_days(start, end))),
        _ => wrong("must be at most 31 days after start_date; the default is tomorrow"),
    }
}

/// What `key` used in these hours. This costs one read.
pub(super) async fn of(service: &Service, key: &Key, hours: Range<i64>) -> Result<DailyUsage, Failure> {
    let used = service.store.usage_of_key(&KeyUse::from(key), hours).await?;
    let all = usage::total(used.into_values());
    Ok(DailyUsage { completions_requests: all.requests, spend: Money::from_nanos(all.spend) })
}

fn tomorrow(now: Millis) -> Option<Date> {
    let today = Timestamp::from_millisecond(now).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    today.checked_add(1.day()).ok()
}
