//! The dashboard: whatever it shows is counted or logged.

use std::collections::BTreeSet;
use std::time::Duration;

use latchkey_shared::envelope::gate::Code;
use latchkey_shared::keys::KeyId;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::settings::RequestLog;
use latchkey_shared::telemetry::{Caller, Observed, Record, RequestLine};
use regex::Regex;
use serde_json::{Value, json};

use super::template;

fn widgets(kind: &str) -> Vec<Value> {
    let template = template();
    let body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let widgets = body["widgets"].as_array().unwrap().iter().filter(|widget| widget["type"] == kind);
    widgets.cloned().collect()
}

/// The line of a request in which everything happened that can.
fn line() -> Value {
    let observed = Observed {
        route: Some(("POST", "/v1/keys/verify")),
        status: Some(503),
        code: Some("rate_limited"),
        admitted: Some(false),
        caller: Some(Caller::Admin),
        key: KeyId::parse("5b1f6c0e-8a3d-5e9b-9d0c-2f7a4b6e8c1d"),
        org: OrgId::parse("acme").ok(),
        cause: Some("cause".to_owned()),
        warning: Some("warning".to_owned()),
        store_calls: 2,
        store_answers: 1,
        store_throttles: 1,
        read_units: 1.0,
        write_units: 1.0,
    };
    let took = Duration::from_millis(4);
    let record =
        Record { request_id: "id", trace_id: Some("1-2"), function: "gate-verify", observed, took, cold: Some(true) };
    let line = RequestLine { record: &record, service: "latchkey", log: RequestLog::All, now: 0 }.to_line();
    serde_json::from_slice(&line).unwrap()
}

/// The metrics of the service that a line may count: name and dimensions.
fn counted() -> BTreeSet<(String, Vec<String>)> {
    let mut counted = BTreeSet::new();
    // A request is admitted, refused by a decision, refused without one, or failed.
    let line = line();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        let dimensions: Vec<String> = serde_json::from_value(directive["Dimensions"][0].clone()).unwrap();
        for metric in directive["Metrics"].as_array().unwrap() {
            counted.insert((metric["Name"].as_str().unwrap().to_owned(), dimensions.clone()));
        }
    }
    for other in ["Admitted", "ClientErrors"] {
        assert!(line.get(other).is_none(), "{line}");
        counted.insert((other.to_owned(), vec!["Service".to_owned()]));
    }
    counted
}

#[test]
fn every_metric_of_the_dashboard_is_counted_and_every_counted_one_is_on_it() {
    let mut shown = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for metric in widgets("metric").iter().flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap()) {
        let texts: Vec<_> = metric.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        match texts[..] {
            ["Latchkey", name, ref dimensions @ ..] => {
                assert_eq!(dimensions[..2], ["Service", "${AWS::StackName}"], "{metric}");
                codes.extend(dimensions.get(3).map(|code| (*code).to_owned()));
                let dimensions = dimensions.iter().step_by(2).map(|name| (*name).to_owned()).collect();
                shown.insert((name.to_owned(), dimensions));
            }
            ["Latchkey/${AWS::StackName}", name] => {
                let filter = &template()["Resources"][name]["Properties"]["MetricTransformations"][0];
                assert_eq!(filter["MetricName"], name, "{metric}");
            }
            ["AWS/Lambda", "Throttles" | "ConcurrentExecutions"] => {}
            _ => panic!("who counts {metric}?"),
        }
    }
    assert_eq!(shown, counted());
    assert_eq!(codes, Code::refusals().map(str::to_owned).collect());
}

#[test]
fn the_queries_of_the_dashboard_ask_the_log_for_fields_that_lines_have() {
    let line = line();
    let words = Regex::new(r#""[^"]*"|as [a-z0-9]+|@?[a-z_0-9]+\(?"#).unwrap();
    let language = ["filter", "stats", "by", "sort", "limit", "fields", "and", "or", "desc", "@timestamp", "@message"];
    let tables = widgets("log");
    assert!(tables.len() > 3, "{tables:#?}");
    for table in tables {
        let query = table["properties"]["query"].as_str().unwrap();
        let (source, commands) = query.split_once(" | ").unwrap();
        assert_eq!(source, "SOURCE '${Log}'");
        let found: Vec<_> = words.find_iter(commands).map(|word| word.as_str()).collect();
        let named: Vec<_> = found.iter().filter_map(|word| word.strip_prefix("as ")).collect();
        for word in found {
            let is_field = line.get(word).is_some();
            let is_number = word.parse::<u32>().is_ok();
            let is_other = is_number || word.starts_with('"') || word.starts_with("as ") || word.ends_with('(');
            assert!(is_field || is_other || named.contains(&word) || language.contains(&word), "{word} in {query}");
        }
    }
}

#[test]
fn no_widget_of_the_dashboard_lies_on_another() {
    let mut taken = BTreeSet::new();
    for widget in widgets("metric").into_iter().chain(widgets("log")) {
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| widget[name].as_u64().unwrap());
        assert!(x + width <= 24, "{widget}");
        for place in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            assert!(taken.insert(place), "{widget}");
        }
        assert_eq!(widget["properties"]["region"], json!("${AWS::Region}"));
    }
}
