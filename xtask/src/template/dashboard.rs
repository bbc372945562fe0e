//! The dashboard: the metrics that the service counts, and what its log says.

use latchkey_shared::envelope::gate::Code;
use latchkey_shared::telemetry::{CODE_DIMENSION, Metric, NAMESPACE, SERVICE_DIMENSION};
use serde_json::{Value, json};

use crate::queries::QUERIES;

/// Columns of a dashboard.
const COLUMNS: usize = 24;
/// Widgets in a row of graphs, and of tables.
const GRAPHS: usize = 3;
const TABLES: usize = 2;
/// Rows of the grid that a widget takes.
const HEIGHT: usize = 6;
/// Seconds of a point of a graph.
const PERIOD: u32 = 60;

/// The resource, with the body as JSON in which CloudFormation replaces the names.
pub(super) fn block() -> String {
    let widgets: Vec<_> = widgets().iter().map(|widget| format!("          {widget}")).collect();
    let widgets = widgets.join(",\n");
    format!(
        "
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Condition: HasDashboard
    Properties:
      DashboardBody: !Sub |
        {{\"widgets\": [
{widgets}
        ]}}

"
    )
}

fn widgets() -> Vec<Value> {
    let graphs: Vec<_> = graphs().into_iter().map(|(title, metrics)| graph(title, &metrics)).collect();
    let tables = QUERIES.iter().filter(|query| query.on_dashboard);
    let tables: Vec<_> = tables.map(|query| table(query.title, &query.line())).collect();
    let below = graphs.len().div_ceil(GRAPHS) * HEIGHT;
    let placed = placed(graphs, GRAPHS, 0).into_iter();
    placed.chain(self::placed(tables, TABLES, below)).collect()
}

/// The widgets in rows of `across`, from the row `top` of the grid.
fn placed(widgets: Vec<Value>, across: usize, top: usize) -> Vec<Value> {
    let width = COLUMNS / across;
    let place = |(at, mut widget): (usize, Value)| {
        let (x, y) = (at % across * width, top + at / across * HEIGHT);
        for (name, value) in [("x", x), ("y", y), ("width", width), ("height", HEIGHT)] {
            widget[name] = value.into();
        }
        widget
    };
    widgets.into_iter().enumerate().map(place).collect()
}

/// The graphs: a title, and the lines of each.
fn graphs() -> [(&'static str, Vec<Value>); 7] {
    let sums = |metrics: &[Metric]| metrics.iter().map(|metric| own(*metric, "Sum")).collect();
    [
        ("Requests", sums(&[Metric::Requests, Metric::ClientErrors, Metric::ServerErrors])),
        ("Decisions", sums(&[Metric::Admitted, Metric::Refused])),
        ("Refusals by reason", Code::refusals().map(refused).collect()),
        ("Latency, milliseconds", vec![own(Metric::Latency, "p50"), own(Metric::Latency, "p99")]),
        ("Store", sums(&[Metric::StoreFailures, Metric::StoreThrottles])),
        ("Capacity units", sums(&[Metric::ReadUnits, Metric::WriteUnits])),
        ("Lambda", vec![crashes(), of_account("Throttles", "Sum"), of_account("ConcurrentExecutions", "Maximum")]),
    ]
}

/// A metric that the service counts itself.
fn own(metric: Metric, statistic: &str) -> Value {
    let label = if metric == Metric::Latency { statistic } else { metric.name() };
    json!([NAMESPACE, metric.name(), SERVICE_DIMENSION, "${AWS::StackName}", {"stat": statistic, "label": label}])
}

fn refused(code: &str) -> Value {
    let metric = Metric::Refused.name();
    json!([NAMESPACE, metric, SERVICE_DIMENSION, "${AWS::StackName}", CODE_DIMENSION, code, {"label": code}])
}

/// The functions that crashed, which a filter of the log counts.
fn crashes() -> Value {
    json!([format!("{NAMESPACE}/${{AWS::StackName}}"), "Crashes", {"label": "Crashes"}])
}

/// A metric of every function in the account and region, since they share its concurrency.
fn of_account(metric: &str, statistic: &str) -> Value {
    json!(["AWS/Lambda", metric, {"stat": statistic, "label": format!("{metric} of the account")}])
}

fn graph(title: &str, metrics: &[Value]) -> Value {
    json!({
        "type": "metric",
        "properties": {
            "title": title, "region": "${AWS::Region}", "view": "timeSeries", "stat": "Sum", "period": PERIOD,
            "yAxis": {"left": {"min": 0}}, "metrics": metrics,
        },
    })
}

fn table(title: &str, query: &str) -> Value {
    let query = format!("SOURCE '${{Log}}' | {query}");
    json!({
        "type": "log",
        "properties": {"title": title, "region": "${AWS::Region}", "view": "table", "query": query},
    })
}
