//! Usage in answers: by hour, day or month, and in groups.

use std::collections::BTreeMap;

use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::KeyId;
use latchkey_shared::limits::Money;
use latchkey_shared::runtime::request::{MAX_LISTED_BYTES, bytes_in_answer};
use latchkey_shared::store::{Used, UsedByHour, UsedByKey};
use serde::Serialize;

use super::usage_query::{BY_KEY, UsageQuery};
use crate::usage;

/// The most bytes that the counters of a period or group take up in an answer, and those of a
/// group's value.
const COUNTERS_BYTES: usize = 400;
const VALUE_BYTES: usize = 60;
/// What is wrong with the resolution if the answer would be too long to send.
const TOO_LONG: &str = "is too fine for this time range and these groups: the response would be too large";

/// The periods in which something was used, by start.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct UsageByPeriod {
    /// By when each period begins, in RFC 3339.
    usage: BTreeMap<String, Period>,
}

/// What was used in a period.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct Period {
    #[serde(flatten)]
    all: UsageCounters,
    /// The same by group, if `group_by` names any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    grouped_data: Option<Vec<UsageGroup>>,
}

/// A part of a period's usage. Reports have no values for most groups, so all usage is in one
/// group.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct UsageGroup {
    group_by_values: BTreeMap<String, Option<String>>,
    #[serde(flatten)]
    counters: UsageCounters,
}

/// The gate does not distinguish kinds of requests, so all of them are completions.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct UsageCounters {
    completions_requests: i64,
    embedding_requests: i64,
    image_requests: i64,
    speech_requests: i64,
    transcription_requests: i64,
    total_requests: i64,
    spend: Money,
    input_tokens: i64,
    output_tokens: i64,
    total_tokens: i64,
}

impl From<Used> for UsageCounters {
    fn from(used: Used) -> Self {
        Self {
            completions_requests: used.requests,
            embedding_requests: 0,
            image_requests: 0,
            speech_requests: 0,
            transcription_requests: 0,
            total_requests: used.requests,
            spend: Money::from_nanos(used.spend),
            input_tokens: used.input_tokens,
            output_tokens: used.output_tokens,
            total_tokens: used.input_tokens.saturating_add(used.output_tokens),
        }
    }
}

impl UsageByPeriod {
    /// The usage that `query` selects, if it fits an answer.
    pub(super) fn of_all(query: &UsageQuery, used: UsedByHour) -> Result<Self, Failure> {
        Self::of(query, [(None, used)])
    }

    /// The usage of each key that `query` selects, if it fits an answer.
    pub(super) fn of_keys(query: &UsageQuery, used: UsedByKey) -> Result<Self, Failure> {
        Self::of(query, used.into_iter().map(|(id, used)| (Some(id), used)))
    }

    fn of(query: &UsageQuery, used: impl IntoIterator<Item = (Option<KeyId>, UsedByHour)>) -> Result<Self, Failure> {
        let mut periods: BTreeMap<Millis, BTreeMap<Option<KeyId>, Used>> = BTreeMap::new();
        let (group_bytes, mut bytes) = (group_bytes(query), 0);
        for (id, hours) in used {
            for (hour, used) in hours {
                let period = periods.entry(query.resolution.start_of(hour)).or_default();
                let groups = period.len();
                *period.entry(id).or_default() += used;
                bytes += if groups == 0 { COUNTERS_BYTES } else { 0 } + (period.len() - groups) * group_bytes;
            }
            if bytes > MAX_LISTED_BYTES {
                return Err(Failure::Invalid("resolution".into(), TOO_LONG));
            }
        }
        let usage = periods.into_iter().map(|(start, parts)| (usage::rfc_3339(start), Period::of(query, parts)));
        Ok(Self { usage: usage.collect() })
    }
}

/// The most bytes that a group takes up in an answer.
fn group_bytes(query: &UsageQuery) -> usize {
    let names = query.group_by.iter().map(|name| 2 * bytes_in_answer(name) + VALUE_BYTES);
    COUNTERS_BYTES + names.sum::<usize>()
}

impl Period {
    fn of(query: &UsageQuery, parts: BTreeMap<Option<KeyId>, Used>) -> Self {
        let all = usage::total(parts.values().copied());
        let value = |name: &String, id: Option<KeyId>| id.filter(|_| name == BY_KEY).map(|id| id.to_string());
        let groups = parts.into_iter().map(|(id, used)| UsageGroup {
            group_by_values: query.group_by.iter().map(|name| (name.clone(), value(name, id))).collect(),
            counters: used.into(),
        });
        let grouped_data = (!query.group_by.is_empty()).then(|| groups.collect());
        Self { all: all.into(), grouped_data }
    }
}

#[cfg(test)]
mod tests {
    use latchkey_shared::runtime::request::Query;
    use uuid::Uuid;

    use super::*;
    use crate::requesty::usage_query::SubjectKind;

    const LARGE: i64 = 1_000_000_000_000_000;

    /// The answer to an organisation with this many keys, each used in every hour of 100 days.
    async fn answer(keys: u128, query: &str) -> Result<UsageByPeriod, Failure> {
        let mut request = latchkey_shared::runtime::request::Request::new(
            http::Method::GET,
            "/".into(),
            Ok(Vec::new().into()),
            String::new(),
        );
        let days = "start=2026-01-01T00:00:00Z&end=2026-04-11T00:00:00Z";
        request.query = Query::parse(&format!("{days}&{query}"));
        let query = UsageQuery::read(&request, SubjectKind::Organisation).await.unwrap();
        let most = Used { requests: LARGE, spend: LARGE.into(), input_tokens: LARGE, output_tokens: LARGE };
        let used = || query.hours.clone().map(|hour| (hour, most)).collect::<UsedByHour>();
        let keys = (0..keys).map(|key| (KeyId::parse(&Uuid::from_u128(key).to_string()).unwrap(), used()));
        if query.by_key() {
            return UsageByPeriod::of_keys(&query, keys.collect());
        }
        UsageByPeriod::of_all(&query, used())
    }

    fn bytes(answer: &UsageByPeriod) -> usize {
        bytes_in_answer(&serde_json::to_string(answer).unwrap())
    }

    #[tokio::test]
    async fn usage_is_shown_if_it_fits_an_answer_and_refused_if_it_does_not() {
        let named = |name: char| format!("&group_by=extra.{}", name.to_string().repeat(57));
        let groups: String =
            ["%22", "%5C", "%01", "a"].iter().map(|name| format!("&group_by=extra.{}", name.repeat(57))).collect();
        for (keys, query) in [(1, "resolution=hour".to_owned()), (70, "resolution=day&group_by=api_key_id".to_owned())]
        {
            let shown = answer(keys, &query).await.unwrap_or_else(|failure| panic!("{query}: {failure:?}"));
            assert!(bytes(&shown) <= MAX_LISTED_BYTES, "{query}: {}", bytes(&shown));
        }
        for (keys, query) in [
            (40, "resolution=hour&group_by=api_key_id".to_owned()),
            (2, format!("resolution=hour&group_by=api_key_id{groups}{}", named('b'))),
        ] {
            assert!(matches!(answer(keys, &query).await, Err(Failure::Invalid(..))), "{query}");
        }
    }
}
