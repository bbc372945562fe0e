//! The line that a function logs of a request: a JSON object, from which CloudWatch also takes the
//! metrics (the embedded metric format).

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::metrics::{CODE_DIMENSION, Metric, NAMESPACE, SERVICE_DIMENSION};
use super::record::Record;
use crate::clock::Millis;
use crate::settings::RequestLog;

/// A record as one line of JSON.
pub struct RequestLine<'a> {
    /// The request.
    pub record: &'a Record<'a>,
    /// The value of the metrics' dimension.
    pub service: &'a str,
    /// Which requests are logged; metrics that would need all of them are left out otherwise.
    pub log: RequestLog,
    /// When the request ended.
    pub now: Millis,
}

impl RequestLine<'_> {
    /// The line, with its newline.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(1024);
        // Plain data with text keys always serialises, and a vector takes any bytes.
        let _written = serde_json::to_writer(&mut line, self);
        line.push(b'\n');
        line
    }

    /// The metrics that it counts, each with what it adds.
    fn metrics(&self) -> impl Iterator<Item = (Metric, f64)> {
        let counts = |metric: &Metric| self.log == RequestLog::All || !metric.is_of_all_requests();
        Metric::ALL.into_iter().filter(counts).filter_map(|metric| Some((metric, metric.of(self.record)?)))
    }
}

impl Serialize for RequestLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (record, observed) = (self.record, &self.record.observed);
        let mut line = serializer.serialize_map(None)?;
        // Without a valid time, Lambda would take every line for information.
        entry(&mut line, "timestamp", time(self.now))?;
        line.serialize_entry("level", record.level().name())?;
        line.serialize_entry("message", "request")?;
        line.serialize_entry("request_id", record.request_id)?;
        entry(&mut line, "trace_id", record.trace_id)?;
        line.serialize_entry("function", record.function)?;
        entry(&mut line, "route", observed.route.map(|(method, path)| format_args!("{method} {path}").to_string()))?;
        entry(&mut line, "status", observed.status)?;
        line.serialize_entry("code", record.code())?;
        entry(&mut line, "dialect", record.dialect())?;
        entry(&mut line, "caller", observed.caller.as_ref().map(ToString::to_string))?;
        entry(&mut line, "key_id", observed.key.map(|key| key.to_string()))?;
        entry(&mut line, "org_id", observed.org.as_ref().map(|org| org.as_str()))?;
        line.serialize_entry("store_calls", &observed.store_calls)?;
        line.serialize_entry("read_units", &Number(observed.read_units))?;
        line.serialize_entry("write_units", &Number(observed.write_units))?;
        line.serialize_entry("ms", &Number(record.millis()))?;
        entry(&mut line, "cold", record.cold)?;
        entry(&mut line, "warning", observed.warning.as_deref())?;
        entry(&mut line, "cause", observed.cause.as_deref())?;
        self.serialize_metrics(&mut line)?;
        line.end()
    }
}

impl RequestLine<'_> {
    fn serialize_metrics<M: SerializeMap>(&self, line: &mut M) -> Result<(), M::Error> {
        if self.metrics().next().is_none() {
            return Ok(());
        }
        line.serialize_entry("_aws", &Declared(self))?;
        line.serialize_entry(SERVICE_DIMENSION, self.service)?;
        for (metric, value) in self.metrics() {
            line.serialize_entry(metric.name(), &Number(value))?;
            if metric == Metric::Refused {
                line.serialize_entry(CODE_DIMENSION, self.record.code())?;
            }
        }
        Ok(())
    }
}

/// A moment in RFC 3339.
fn time(at: Millis) -> Option<String> {
    Timestamp::from_millisecond(at).ok().map(|at| format!("{at:.3}"))
}

fn entry<M: SerializeMap>(line: &mut M, name: &str, value: Option<impl Serialize>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| line.serialize_entry(name, &value))
}

/// A number without a fraction where it has none, which is shorter.
struct Number(f64);

impl Serialize for Number {
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number, and small")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 1e9 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// The member that declares which others are metrics.
struct Declared<'a>(&'a RequestLine<'a>);

impl Serialize for Declared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut declared = serializer.serialize_map(Some(2))?;
        declared.serialize_entry("Timestamp", &self.0.now)?;
        declared.serialize_entry("CloudWatchMetrics", &Directives(self.0))?;
        declared.end()
    }
}

/// All metrics by service, and refusals also by their reason.
struct Directives<'a>(&'a RequestLine<'a>);

impl Serialize for Directives<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut directives = serializer.serialize_seq(None)?;
        let all: Vec<_> = self.0.metrics().map(|(metric, _)| metric).collect();
        directives.serialize_element(&Directive { dimensions: &[SERVICE_DIMENSION], metrics: &all })?;
        if all.contains(&Metric::Refused) {
            let dimensions = &[SERVICE_DIMENSION, CODE_DIMENSION];
            directives.serialize_element(&Directive { dimensions, metrics: &[Metric::Refused] })?;
        }
        directives.end()
    }
}

struct Directive<'a> {
    dimensions: &'a [&'static str],
    metrics: &'a [Metric],
}

impl Serialize for Directive<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut directive = serializer.serialize_map(Some(3))?;
        directive.serialize_entry("Namespace", NAMESPACE)?;
        directive.serialize_entry("Dimensions", &[self.dimensions])?;
        directive.serialize_entry("Metrics", self.metrics)?;
        directive.end()
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut metric = serializer.serialize_map(None)?;
        metric.serialize_entry("Name", self.name())?;
        entry(&mut metric, "Unit", self.unit())?;
        metric.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::keys::KeyId;
    use crate::orgs::{OrgId, UserId};
    use crate::telemetry::{Caller, Observed};

    fn line(record: &Record<'_>, log: RequestLog) -> Value {
        let line = RequestLine { record, service: "latchkey", log, now: 1_768_478_400_000 }.to_line();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line.find('\n'), Some(line.len() - 1), "{line}");
        serde_json::from_str(&line).unwrap()
    }

    fn record(observed: Observed) -> Record<'static> {
        let took = Duration::from_micros(4_213);
        let (request_id, trace_id) =
            ("c6af9ac6-7b61-11e6-9a41-93e8deadbeef", Some("1-5759e988-bd862e3fe1be46a994272793"));
        Record { request_id, trace_id, function: "gate-verify", observed, took, cold: Some(false) }
    }

    /// A usual decision.
    fn admitted() -> Observed {
        Observed {
            route: Some(("POST", "/v1/keys/verify")),
            status: Some(200),
            code: Some("ok"),
            admitted: Some(true),
            caller: Some(Caller::Admin),
            key: Some(KeyId::from_digest(&[7; 16])),
            org: OrgId::parse("acme").ok(),
            store_calls: 2,
            store_answers: 2,
            read_units: 1.0,
            write_units: 1.0,
            ..Observed::default()
        }
    }

    /// The metrics of each set of dimensions, all of which the line must have.
    fn metrics(line: &Value) -> Vec<(Value, Vec<String>)> {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().map(Vec::as_slice).unwrap_or_default();
        let directive = |directive: &Value| {
            assert_eq!(directive["Namespace"], "Latchkey");
            let dimensions = &directive["Dimensions"][0];
            let is_text = |name: &Value| line[name.as_str().unwrap()].is_string();
            assert!(dimensions.as_array().unwrap().iter().all(is_text), "{line}");
            let metrics = directive["Metrics"].as_array().unwrap().iter();
            let names: Vec<_> = metrics.map(|metric| metric["Name"].as_str().unwrap().to_owned()).collect();
            assert!(names.iter().all(|name| line[name].is_number()), "{line}");
            (dimensions.clone(), names)
        };
        directives.iter().map(directive).collect()
    }

    #[test]
    fn a_decision_is_one_line_with_its_metrics() {
        let record = record(admitted());
        let line = line(&record, RequestLog::All);
        let expected = json!({
            "timestamp": "2026-01-15T12:00:00.000Z", "level": "INFO", "message": "request", "request_id": record.request_id, "trace_id": record.trace_id,
            "function": "gate-verify", "route": "POST /v1/keys/verify", "status": 200, "code": "ok", "dialect": "gate",
            "caller": "admin", "key_id": KeyId::from_digest(&[7; 16]).to_string(), "org_id": "acme",
            "store_calls": 2, "read_units": 1, "write_units": 1, "ms": 4.213, "cold": false,
            "_aws": {
                "Timestamp": 1_768_478_400_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Latchkey", "Dimensions": [["Service"]],
                    "Metrics": [
                        {"Name": "Requests"}, {"Name": "Admitted"}, {"Name": "Latency", "Unit": "Milliseconds"},
                        {"Name": "ReadUnits"}, {"Name": "WriteUnits"},
                    ],
                }],
            },
            "Service": "latchkey", "Requests": 1, "Admitted": 1, "Latency": 4.213, "ReadUnits": 1, "WriteUnits": 1,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_refused_call_is_counted_by_its_reason_too() {
        let refused = Observed { code: Some("rate_limited"), admitted: Some(false), ..admitted() };
        let line = line(&record(refused), RequestLog::Failures);
        let expected = [
            (json!(["Service"]), vec!["Refused".to_owned()]),
            (json!(["Service", "Code"]), vec!["Refused".to_owned()]),
        ];
        assert_eq!(metrics(&line), expected, "what needs all requests is left out");
        assert_eq!(line["Code"], "rate_limited");
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let line = line(&record(Observed { status: Some(404), ..Observed::default() }), RequestLog::All);
        for absent in ["route", "caller", "key_id", "org_id", "warning", "cause", "Code", "Admitted"] {
            assert!(line.get(absent).is_none(), "{line}");
        }
        assert_eq!(line["ClientErrors"], 1);
    }

    #[test]
    fn a_usual_line_is_as_long_as_the_page_on_costs_says() {
        let bytes = |observed| {
            let record = record(observed);
            RequestLine { record: &record, service: "latchkey", log: RequestLog::All, now: 1_768_478_400_000 }.to_line()
        };
        let (usual, key) = (bytes(admitted()).len(), KeyId::from_digest(&[7; 16]));
        assert!((740..=790).contains(&usual), "{usual}");
        // One that failed; only ids that somebody chose may make it longer.
        let failed = Observed {
            caller: UserId::parse("user-of-the-provider").ok().map(Caller::User),
            key: Some(key),
            admitted: None,
            code: Some("store_failed"),
            status: Some(503),
            store_answers: 1,
            store_throttles: 1,
            cause: Some("the store failed: UpdateItem failed: not reached: timeout".into()),
            ..admitted()
        };
        assert!(bytes(failed).len() < 1_024);
    }

    proptest! {
        #[test]
        fn any_record_is_one_line_whose_metrics_are_in_it(
            (org, user) in ("\\PC{0,40}", "\\PC{1,40}"),
            (cause, warning) in (prop::option::of(any::<String>()), prop::option::of(any::<String>())),
            (status, admitted) in (prop::option::of(100u16..600), any::<Option<bool>>()),
            (calls, answers, throttles) in (0u32..9, 0u32..9, 0u32..9),
            (read_units, write_units, micros) in (0.0..1e6, 0.0..1e6, any::<u64>()),
            log in prop::sample::select(vec![RequestLog::All, RequestLog::Failures, RequestLog::Errors]),
        ) {
            let observed = Observed {
                status, admitted, cause, warning, read_units, write_units,
                caller: UserId::parse(&user).ok().map(Caller::User),
                org: OrgId::parse(&org).ok(),
                store_calls: calls, store_answers: answers, store_throttles: throttles,
                ..Observed::default()
            };
            let record = Record { took: Duration::from_micros(micros), ..record(observed) };
            let line = line(&record, log);
            let counted: Vec<_> = metrics(&line).into_iter().flat_map(|(_, names)| names).collect();
            prop_assert_eq!(counted.contains(&"Requests".to_owned()), log == RequestLog::All);
            prop_assert_eq!(line.get("Service").is_some(), !counted.is_empty());
        }
    }
}
