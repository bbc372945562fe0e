//! Tyk's session object: the document that a key, or an organisation's limits, is made from.

mod decode;
#[cfg(feature = "describe")]
pub(crate) mod describe;
mod lifetime;
mod repair;
mod schema;
mod sealed;
mod unknown;
mod warnings;

use std::cell::RefCell;

use jiff::Timestamp;
use latchkey_shared::envelope::tyk::Failure;
use serde::de::DeserializeSeed;
use serde_json::de::{Deserializer, SliceRead};
use serde_json::{Map, Value};

use decode::Reading;
use repair::repaired;
use schema::Kind;

pub(crate) use lifetime::lifetime;
pub(crate) use sealed::{seal_secrets, unseal_secrets};
pub(crate) use warnings::Warnings;

/// A session: its known fields that are not zero.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Session(Map<String, Value>);

impl Session {
    /// Reads the first JSON value of `body`, and ignores the rest.
    pub(crate) fn first_value(body: &[u8]) -> Result<(Self, Warnings), Failure> {
        Self::decode(&schema::SESSION, &mut Deserializer::from_slice(&repaired(body)))
    }

    /// Reads `body`, which must be one JSON value and nothing else.
    pub(crate) fn whole(body: &[u8]) -> Result<(Self, Warnings), Failure> {
        let body = repaired(body);
        let mut json = Deserializer::from_slice(&body);
        let read = Self::decode(&schema::SESSION, &mut json)?;
        json.end().map_err(|_| Failure::Malformed)?;
        Ok(read)
    }

    /// Reads an instruction to replace a key's policies, which has two fields of a session.
    pub(crate) fn policy_instruction(body: &[u8]) -> Result<(Self, Warnings), Failure> {
        Self::decode(&schema::POLICY_INSTRUCTION, &mut Deserializer::from_slice(&repaired(body)))
    }

    /// Reads the first JSON value of `body` as a policy, whose limits and access rights are like those of a session.
    pub(crate) fn policy(body: &[u8]) -> Result<(Self, Warnings), Failure> {
        Self::decode(&schema::POLICY, &mut Deserializer::from_slice(&repaired(body)))
    }

    fn decode(kind: &Kind, json: &mut Deserializer<SliceRead<'_>>) -> Result<(Self, Warnings), Failure> {
        let unknown = RefCell::default();
        match Reading::document(kind, &unknown).deserialize(json) {
            Ok(Value::Object(fields)) => {
                let session = Self(fields);
                let warnings = Warnings::of(&session, &unknown.borrow());
                Ok((session, warnings))
            }
            _ => Err(Failure::Malformed),
        }
    }

    pub(crate) fn from_fields(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

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

    pub(crate) fn object_mut(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        self.0.get_mut(name).and_then(Value::as_object_mut)
    }

    /// The list of texts `name`; empty when absent.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.0.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).collect()
    }

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

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Copies `name` from `other`, or removes it if `other` does not have it.
    pub(crate) fn carry(&mut self, name: &str, other: &Self) {
        self.set(name, other.get(name).cloned().unwrap_or_default());
    }

    /// Records that the session is saved at `now`.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.set("last_updated", now.as_second().to_string());
    }

    /// Shows a full quota while no period is running, as the gate counts it, instead of what the request says.
    pub(crate) fn refill_quota(&mut self) {
        if self.int("quota_max") > 0 {
            self.set("quota_remaining", self.int("quota_max"));
        }
    }

    /// Shows a new quota period of `renewal` seconds that begins at `now`.
    pub(crate) fn renew_quota(&mut self, now: Timestamp, renewal: i64) {
        self.set("quota_renews", now.as_second().saturating_add(renewal));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Value {
        Value::Object(Session::whole(body.as_bytes()).unwrap().0.into_fields())
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
        assert_eq!(read(r#"{"alias":"a","ALIAS":""}"#), json!({}));
        assert_eq!(read(r#"{"tags":["a","b"],"tags":["c"]}"#), json!({"tags": ["c"]}));
    }

    #[test]
    fn a_repeated_map_or_object_merges_and_the_entries_of_a_map_are_replaced() {
        let body = r#"{"access_rights":{"a":{"versions":["v1"]},"b":{"api_name":"B","versions":["v1"]}},
                       "access_rights":{"b":{"versions":["v2"]},"c":{}},
                       "meta_data":{"x":{"deep":1},"y":2},"meta_data":{"x":{"other":3}},
                       "smoothing":{"enabled":true,"step":1},"smoothing":{"step":2},
                       "basic_auth_data":{"password":"p"},"BASIC_AUTH_DATA":{"hash_type":"h"}}"#;
        let merged = json!({
            "access_rights": {"a": {"versions": ["v1"]}, "b": {"versions": ["v2"]}, "c": {}},
            "meta_data": {"x": {"other": 3}, "y": 2},
            "smoothing": {"enabled": true, "step": 2},
            "basic_auth_data": {"password": "p", "hash_type": "h"},
        });
        assert_eq!(read(body), merged);
    }

    #[test]
    fn null_empties_maps_and_lists_and_says_nothing_of_all_else() {
        let body = r#"{"alias":"a","alias":null,"rate":1,"rate":null,"jwt_data":{"secret":"s"},"jwt_data":null,
                       "tags":["a"],"tags":null,"meta_data":{"a":1},"meta_data":null}"#;
        assert_eq!(read(body), json!({"alias": "a", "rate": 1, "jwt_data": {"secret": "s"}}));
    }

    #[test]
    fn what_is_no_text_and_minus_zero_are_read_as_the_gateway_does() {
        assert_eq!(read(r#"{"alias":"team \ud83d","quota_max":-0,"rate":-0}"#), json!({"alias": "team \u{fffd}"}));
        let (session, _) = Session::whole(b"{\"alias\":\"\xff\"}").unwrap();
        assert_eq!(session.text("alias"), "\u{fffd}");
        assert!(Session::whole(br#"{"quota_max":-0.0}"#).is_err());
    }

    #[test]
    fn what_has_no_effect_is_named_without_its_value() {
        let warnings = |body: &str| Session::whole(body.as_bytes()).unwrap().1.text();
        let body = r#"{"rates":"secret","access_rights":{"api":{"limit":{"max":7}}},"rate":5,"meta_data":{"any":1}}"#;
        let text = "unknown fields: rates, access_rights.*.limit.max; rate has no effect without per";
        assert_eq!(warnings(body), text);
        let body = r#"{"access_rights":{"a":{"limit":{"rate":1},"endpoints":[{"methods":[{"limit":{"rate":1}}]}]}}}"#;
        let text = "access_rights.*.limit.rate has no effect without per; \
                    access_rights.*.endpoints.*.methods.*.limit.rate has no effect without per";
        assert_eq!(warnings(body), text);
        assert_eq!(warnings(r#"{"rate":5,"per":1,"access_rights":{"a":{"limit":{"rate":0}}}}"#), "");
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
        fn any_warnings_fit_a_header(names in prop::collection::vec("\\PC{0,80}", 0..40)) {
            let body = names.iter().map(|name| (name.clone(), json!("value"))).collect::<Map<_, _>>();
            if let Ok((_, warnings)) = Session::whole(Value::Object(body).to_string().as_bytes()) {
                let text = warnings.text();
                prop_assert!(text.len() < 1024 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", text);
            }
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
