//! Tyk's session object: the document that a key, or an organisation's limits, is made of.

mod decode;
mod limits;
mod schema;
mod sealed;

use jiff::Timestamp;
use serde::de::DeserializeSeed;
use serde_json::{Map, Value};

pub(crate) use limits::{lifetime, limits, shows_own_limit};
pub(crate) use sealed::{seal_secrets, unseal_secrets};

/// A session as it was read: the known fields that are not zero.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Session(Map<String, Value>);

/// The body is no session.
#[derive(Debug)]
pub(crate) struct Malformed;

impl Session {
    /// Reads the first JSON value of `body`; what comes behind it is ignored.
    pub(crate) fn first_value(body: &[u8]) -> Result<Self, Malformed> {
        Self::decode(&mut serde_json::Deserializer::from_slice(body))
    }

    /// Reads `body`, which must hold one JSON value and nothing else.
    pub(crate) fn whole(body: &[u8]) -> Result<Self, Malformed> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let session = Self::decode(&mut json)?;
        json.end().map_err(|_| Malformed)?;
        Ok(session)
    }

    fn decode<'a>(json: &mut serde_json::Deserializer<serde_json::de::SliceRead<'a>>) -> Result<Self, Malformed> {
        match schema::SESSION.deserialize(json) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Malformed),
        }
    }

    /// The two fields of an instruction to replace a key's policies, read like a session.
    pub(crate) fn policy_instruction(body: &[u8]) -> Result<Self, Malformed> {
        match schema::POLICY_INSTRUCTION.deserialize(&mut serde_json::Deserializer::from_slice(body)) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Malformed),
        }
    }

    /// A session made of these fields.
    pub(crate) fn from_fields(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// The fields.
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The fields, by themselves.
    pub(crate) fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    /// The text `name`; empty when absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The whole number `name`; 0 when absent.
    pub(crate) fn int(&self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// The flag `name`; false when absent.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The object `name`; `None` when absent.
    pub(crate) fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0.get(name).and_then(Value::as_object)
    }

    /// The same, to be changed.
    pub(crate) fn object_mut(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        self.0.get_mut(name).and_then(Value::as_object_mut)
    }

    /// The list of texts `name`; empty when absent.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.0.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).collect()
    }

    /// The value `name`, whatever it is.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets `name`; a zero value removes it.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if decode::is_zero(&value) {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Removes and returns `name`.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Takes over the value of `name` from `other`, also its absence.
    pub(crate) fn carry(&mut self, name: &str, other: &Self) {
        self.set(name, other.get(name).cloned().unwrap_or_default());
    }

    /// Notes that the session is saved at `now`.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.set("last_updated", now.as_second().to_string());
    }

    /// Begins a new quota period as far as the document shows it; its end follows from the renewal rate.
    pub(crate) fn renew_quota(&mut self, now: Timestamp) {
        self.set("quota_renews", now.as_second().saturating_add(self.int("quota_renewal_rate")));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Value {
        Value::Object(Session::whole(body.as_bytes()).unwrap().into_fields())
    }

    #[test]
    fn zero_values_and_unknown_fields_are_left_out() {
        let body = r#"{"rate":0,"per":0.0,"alias":"","tags":[],"meta_data":{},"is_inactive":false,"expires":null,
                       "monitor":{"trigger_limits":null},"made_up":{"deep":[1]}}"#;
        assert_eq!(read(body), json!({}));
    }

    #[test]
    fn names_match_in_any_case_and_the_last_duplicate_wins() {
        assert_eq!(read(r#"{"RATE":1,"rate":2,"Rate":3}"#), json!({"rate": 3}));
        assert_eq!(read(r#"{"alias":"a","ALIAS":null}"#), json!({}));
    }

    #[test]
    fn names_inside_maps_are_kept_as_they_are() {
        let body = r#"{"access_rights":{"API":{"Versions":["v1"]},"none":null},"meta_data":{"A":null,"a":0}}"#;
        let kept =
            json!({"access_rights": {"API": {"versions": ["v1"]}, "none": {}}, "meta_data": {"A": null, "a": 0}});
        assert_eq!(read(body), kept);
    }

    #[test]
    fn whole_floats_are_written_without_a_fraction() {
        assert_eq!(
            read(r#"{"rate":1000.0,"per":1.25,"allowance":1e3}"#).to_string(),
            r#"{"allowance":1000,"per":1.25,"rate":1000}"#
        );
    }

    #[test]
    fn wrong_types_are_refused_wherever_they_stand() {
        for body in [
            "",
            "[]",
            "1",
            "\"text\"",
            "{\"rate\":",
            r#"{"rate":"1"}"#,
            r#"{"quota_max":1.5}"#,
            r#"{"quota_max":1e3}"#,
            r#"{"quota_max":9223372036854775808}"#,
            r#"{"tags":"a"}"#,
            r#"{"tags":[1]}"#,
            r#"{"access_rights":[]}"#,
            r#"{"access_rights":{"a":{"limit":{"rate":true}}}}"#,
            r#"{"rate":1e400}"#,
            r#"{"date_created":"today"}"#,
            r#"{"alias":1}"#,
            r#"{"is_inactive":"true"}"#,
            r#"{"meta_data":[]}"#,
            r#"{"smoothing":{"step":1.5}}"#,
            r#"{"rate":1} x"#,
            "{\"alias\":\"\u{1}\"}",
        ] {
            assert!(Session::whole(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Session::whole(b"{\"alias\":\"\xff\"}").is_err());
    }

    #[test]
    fn null_is_an_empty_session_and_trailing_bytes_matter_only_to_some() {
        assert_eq!(read("null"), json!({}));
        assert!(Session::first_value(br#"{"rate":1} trailing"#).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!("{{\"meta_data\":{{\"a\":{}1{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Session::whole(deep.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(body in any::<Vec<u8>>()) {
            let _read = Session::first_value(&body);
        }

        #[test]
        fn what_was_read_reads_the_same_again(rate in any::<f64>(), max in any::<i64>(), alias in any::<String>()) {
            prop_assume!(rate.is_finite());
            let body = json!({"rate": rate, "quota_max": max, "alias": alias, "meta_data": {"x": rate}}).to_string();
            let once = read(&body);
            prop_assert_eq!(read(&once.to_string()), once);
        }
    }
}
