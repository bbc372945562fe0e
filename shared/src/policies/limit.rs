//! The limits in a session, in a policy, or in one entry of access rights: they have the same fields.

use serde_json::{Map, Number, Value};

/// Below this, a float holds every whole number exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Limits as they are written: zero means that nothing is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Limit {
    pub(super) rate: f64,
    pub(super) per: f64,
    pub(super) smoothing: Option<Value>,
    pub(super) throttle_interval: f64,
    pub(super) throttle_retry_limit: i64,
    pub(super) max_query_depth: i64,
    pub(super) quota_max: i64,
    pub(super) quota_renewal_rate: i64,
    pub(super) quota_renews: i64,
}

impl Limit {
    /// Reads the fields of `map`; what is missing or has another type is zero.
    pub(super) fn read(map: &Map<String, Value>) -> Self {
        Self {
            rate: float(map, "rate"),
            per: float(map, "per"),
            smoothing: map.get("smoothing").filter(|smoothing| smoothing.is_object()).cloned(),
            throttle_interval: float(map, "throttle_interval"),
            throttle_retry_limit: int(map, "throttle_retry_limit"),
            max_query_depth: int(map, "max_query_depth"),
            quota_max: int(map, "quota_max"),
            quota_renewal_rate: int(map, "quota_renewal_rate"),
            quota_renews: int(map, "quota_renews"),
        }
    }

    /// Writes the fields into `map`, and removes those that are zero.
    pub(super) fn write(&self, map: &mut Map<String, Value>) {
        set(map, "rate", number(self.rate));
        set(map, "per", number(self.per));
        set(map, "smoothing", self.smoothing.clone().unwrap_or_default());
        set(map, "throttle_interval", number(self.throttle_interval));
        set(map, "throttle_retry_limit", self.throttle_retry_limit);
        set(map, "max_query_depth", self.max_query_depth);
        set(map, "quota_max", self.quota_max);
        set(map, "quota_renewal_rate", self.quota_renewal_rate);
        set(map, "quota_renews", self.quota_renews);
    }

    /// Whether it says anything at all.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self { quota_renews: self.quota_renews, ..Self::default() }
    }

    /// Seconds for each request; 0 without a limit.
    pub(super) fn pace(&self) -> f64 {
        pace(self.rate, self.per)
    }

    /// Takes the rate of `other`.
    pub(super) fn take_rate(&mut self, other: &Self) {
        (self.rate, self.per, self.smoothing) = (other.rate, other.per, other.smoothing.clone());
    }

    /// Takes the rate of `policy` if it has one, and if this has none or a slower one.
    pub(super) fn raise_rate(&mut self, policy: &Self) {
        let has_rate = |limit: &Self| limit.rate != 0.0 && limit.per != 0.0;
        if has_rate(policy) && (!has_rate(self) || self.pace() > policy.pace()) {
            self.take_rate(policy);
        }
    }

    /// Takes the larger throttle settings.
    pub(super) fn raise_throttle(&mut self, policy: &Self) {
        self.throttle_interval = self.throttle_interval.max(policy.throttle_interval);
        self.throttle_retry_limit = self.throttle_retry_limit.max(policy.throttle_retry_limit);
    }

    /// Takes the larger quota, and the longer period.
    pub(super) fn raise_quota(&mut self, policy: &Self) {
        raise(&mut self.quota_max, policy.quota_max);
        self.quota_renewal_rate = self.quota_renewal_rate.max(policy.quota_renewal_rate);
    }

    /// Takes the greater depth.
    pub(super) fn raise_depth(&mut self, policy: &Self) {
        raise(&mut self.max_query_depth, policy.max_query_depth);
    }
}

/// Seconds for each request; 0 without a limit.
pub(super) fn pace(rate: f64, per: f64) -> f64 {
    if rate > 0.0 && per > 0.0 { per / rate } else { 0.0 }
}

/// Takes `other` if it is greater; -1, which means unlimited, is the greatest.
fn raise(own: &mut i64, other: i64) {
    if is_greater(other, *own) {
        *own = other;
    }
}

/// Whether `one` allows more than `other`; -1 means unlimited.
pub(super) fn is_greater(one: i64, other: i64) -> bool {
    one != other && other != -1 && (one == -1 || one > other)
}

/// Sets `name`; a zero value removes it.
pub(super) fn set(map: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    let value = value.into();
    let zero = match &value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    };
    if zero {
        map.remove(name);
    } else {
        map.insert(name.to_owned(), value);
    }
}

/// The number `name`; 0 when absent.
pub(super) fn float(map: &Map<String, Value>, name: &str) -> f64 {
    map.get(name).and_then(Value::as_f64).unwrap_or_default()
}

/// The whole number `name`; 0 when absent.
pub(super) fn int(map: &Map<String, Value>, name: &str) -> i64 {
    map.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// The text `name`; empty when absent.
pub(super) fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The list `name`; empty when absent.
pub(super) fn list<'a>(map: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    map.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The flag `name`; false when absent.
pub(super) fn flag(map: &Map<String, Value>, name: &str) -> bool {
    map.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// A number as JSON: whole ones without a fraction, as the gateway writes them.
#[expect(clippy::cast_possible_truncation, reason = "a float within the exact range holds a whole number")]
fn number(float: f64) -> Value {
    match float.fract() == 0.0 && float.abs() < MAX_EXACT {
        true => (float as i64).into(),
        false => Number::from_f64(float).map_or(Value::Null, Value::Number),
    }
}
