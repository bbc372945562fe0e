//! The alarms: that they watch metrics which exist, tell somebody, and cost little while nobody calls.

use std::fs;

use latchkey_shared::telemetry::{Metric, NAMESPACE, SERVICE_DIMENSION};
use serde_json::{Value, json};

use super::{repository, template};

/// The properties of every alarm, by name.
fn alarms(template: &Value) -> Vec<(&String, &Value)> {
    let resources = template["Resources"].as_object().unwrap().iter();
    let alarms = resources.filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    alarms.map(|(name, resource)| (name, &resource["Properties"])).collect()
}

/// The metrics that an alarm is billed for: its own, or all that its expressions read.
fn metrics_of(alarm: &Value) -> usize {
    match alarm["Metrics"].as_array() {
        Some(metrics) => metrics.iter().filter(|metric| metric.get("MetricStat").is_some()).count(),
        None => usize::from(alarm["MetricName"].is_string()),
    }
}

#[test]
fn an_idle_stack_costs_less_than_two_dollars_a_month() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let secrets = resources.filter(|resource| resource["Type"] == "AWS::SecretsManager::Secret").count();
    let metrics: usize = alarms(&template).into_iter().map(|(_, alarm)| metrics_of(alarm)).sum();
    let cents = secrets * 40 + metrics * 10;
    assert!(metrics >= 5 && cents < 200, "{secrets} secrets and {metrics} alarm metrics cost {cents} cents");
    let costs = fs::read_to_string(repository().join("docs/costs.md")).unwrap();
    let idle = costs.split("## While idle").nth(1).unwrap().split("\n## ").next().unwrap();
    for sum in [secrets * 40, metrics * 10, cents] {
        let dollars = format!("{}.{:02}", sum / 100, sum % 100);
        assert!(idle.contains(&dollars), "docs/costs.md does not have {dollars} under \"While idle\"");
    }
}

#[test]
fn every_alarm_goes_to_the_topic_and_watches_a_metric_that_exists() {
    let template = template();
    let topic = json!({"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]});
    for (name, alarm) in alarms(&template) {
        assert_eq!(alarm["AlarmActions"], topic, "{name}");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}: nobody calls at night");
        if alarm["Namespace"] == NAMESPACE {
            let metric = alarm["MetricName"].as_str().unwrap();
            assert!(Metric::ALL.iter().any(|known| known.name() == metric), "{name}: {metric}");
            assert_eq!(
                alarm["Dimensions"],
                json!([{"Name": SERVICE_DIMENSION, "Value": {"Ref": "AWS::StackName"}}]),
                "{name}"
            );
        }
    }
    let service = &template["Globals"]["Function"]["Environment"]["Variables"]["LATCHKEY_SERVICE"];
    assert_eq!(service, &json!({"Ref": "AWS::StackName"}));
}

#[test]
fn a_function_that_crashed_is_counted_whichever_it_is() {
    let template = template();
    let globals = &template["Globals"]["Function"]["LoggingConfig"];
    assert_eq!((&globals["LogGroup"], &globals["LogFormat"]), (&json!({"Ref": "Log"}), &json!("JSON")));
    for resource in template["Resources"].as_object().unwrap().values() {
        assert!(resource["Properties"].get("LoggingConfig").is_none(), "no function logs elsewhere");
    }
    let filter = &template["Resources"]["Crashes"]["Properties"];
    assert_eq!(filter["LogGroupName"], json!({"Ref": "Log"}));
    let counted = &filter["MetricTransformations"][0];
    let alarm = &template["Resources"]["CrashesAlarm"]["Properties"];
    assert_eq!((&counted["MetricNamespace"], &counted["MetricName"]), (&alarm["Namespace"], &alarm["MetricName"]));
}
