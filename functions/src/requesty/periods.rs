//! Use as it is told: by hour, day or month, and in groups.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_shared::clock::Millis;
use latchkey_shared::keys::KeyId;
use latchkey_shared::limits::Money;
use latchkey_shared::store::{Used, UsedByHour};
use serde::Serialize;

use super::usage_query::{BY_KEY, UsageQuery};

/// The periods in which something was used, by their starts.
#[derive(Serialize)]
pub(super) struct UsageByPeriod {
    usage: BTreeMap<String, Period>,
}

#[derive(Serialize)]
struct Period {
    #[serde(flatten)]
    all: Counters,
    #[serde(skip_serializing_if = "Option::is_none")]
    grouped_data: Option<Vec<Group>>,
}

/// A part of a period's use. What no report carries has no value: all use is in one group of it.
#[derive(Serialize)]
struct Group {
    group_by_values: BTreeMap<String, Option<String>>,
    #[serde(flatten)]
    counters: Counters,
}

/// The kinds of requests that the gate does not tell apart are all completions.
#[derive(Serialize)]
struct Counters {
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

impl From<Used> for Counters {
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
    /// The use of keys, as `query` asks for it.
    pub(super) fn of(query: &UsageQuery, used: BTreeMap<KeyId, UsedByHour>) -> Self {
        let mut periods: BTreeMap<Millis, BTreeMap<Option<KeyId>, Used>> = BTreeMap::new();
        let by_key = query.group_by.contains(BY_KEY);
        for (id, hours) in used {
            for (hour, used) in hours {
                let period = periods.entry(query.resolution.start_of(hour)).or_default();
                *period.entry(by_key.then_some(id)).or_default() += used;
            }
        }
        let name = |start| Timestamp::from_millisecond(start).unwrap_or_default().to_string();
        let usage = periods.into_iter().map(|(start, parts)| (name(start), Period::of(query, parts)));
        Self { usage: usage.collect() }
    }
}

impl Period {
    fn of(query: &UsageQuery, parts: BTreeMap<Option<KeyId>, Used>) -> Self {
        let mut all = Used::default();
        parts.values().for_each(|used| all += *used);
        let value = |name: &String, id: Option<KeyId>| id.filter(|_| name == BY_KEY).map(|id| id.to_string());
        let groups = parts.into_iter().map(|(id, used)| Group {
            group_by_values: query.group_by.iter().map(|name| (name.clone(), value(name, id))).collect(),
            counters: used.into(),
        });
        let grouped_data = (!query.group_by.is_empty()).then(|| groups.collect());
        Self { all: all.into(), grouped_data }
    }
}
