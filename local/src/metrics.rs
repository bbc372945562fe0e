//! What the server has counted since it started, for Prometheus: `/metrics`, which needs no secret.
//!
//! Labels are names of functions, statuses and codes: a fixed number of them, and nothing that a
//! client chooses.

use std::sync::atomic::AtomicU64;

use http::{HeaderValue, StatusCode, header};
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::runtime::request::Response;
use latchkey_shared::telemetry::Record;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::{CONTENT_TYPE, encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The upper bounds of the histogram's buckets, in seconds: a decision takes less than the first, and
/// no request more than the last.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

type Fractions = Counter<f64, AtomicU64>;

/// The counts of one server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Function, Histogram>,
    decisions: Family<Decided, Counter>,
    store_calls: Counter,
    store_failures: Counter,
    store_throttles: Counter,
    capacity_units: Family<Kind, Fractions>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    function: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Function {
    function: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("latchkey"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            decisions: Family::default(),
            store_calls: Counter::default(),
            store_failures: Counter::default(),
            store_throttles: Counter::default(),
            capacity_units: Family::default(),
        };
        metrics.register();
        metrics.begin_at_zero();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Requests by function and status", self.requests.clone());
        let durations = self.durations.clone();
        registry.register_with_unit("request_duration", "Time to answer a request", Unit::Seconds, durations);
        registry.register("decisions", "Decided calls by code; ok is admitted", self.decisions.clone());
        registry.register("store_calls", "Calls of the store", self.store_calls.clone());
        registry.register("store_failures", "Calls of the store that failed", self.store_failures.clone());
        registry.register("store_throttles", "Attempts for which the store was too busy", self.store_throttles.clone());
        registry.register("capacity_units", "Capacity units of DynamoDB", self.capacity_units.clone());
    }

    /// A rate can be computed only of what was counted before, be it zero.
    fn begin_at_zero(&self) {
        let codes = Code::refusals().chain([Code::Ok.name()]);
        codes.for_each(|code| drop(self.decisions.get_or_create(&Decided { code })));
        ["read", "write"].into_iter().for_each(|kind| drop(self.capacity_units.get_or_create(&Kind { kind })));
    }

    /// Counts a request that has been answered.
    pub(crate) fn count(&self, record: &Record<'_>) {
        let (function, observed) = (record.function, &record.observed);
        let status = observed.status.unwrap_or_default();
        self.requests.get_or_create(&Answered { function, status }).inc();
        self.durations.get_or_create(&Function { function }).observe(record.took.as_secs_f64());
        if observed.admitted.is_some() {
            self.decisions.get_or_create(&Decided { code: record.code() }).inc();
        }
        self.store_calls.inc_by(observed.store_calls.into());
        self.store_failures.inc_by(observed.store_failures().into());
        self.store_throttles.inc_by(observed.store_throttles.into());
        self.capacity_units.get_or_create(&Kind { kind: "read" }).inc_by(observed.read_units);
        self.capacity_units.get_or_create(&Kind { kind: "write" }).inc_by(observed.write_units);
    }

    /// All counts in Prometheus' text format.
    pub(crate) fn answer(&self) -> Response {
        let mut text = String::new();
        // Writing to a text never fails.
        let encoded = encode(&mut text, &self.registry);
        let mut response = Response::new(text);
        if encoded.is_err() {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Whether the path with these segments is that of the counts.
pub(crate) fn is_at(segments: &[String]) -> bool {
    matches!(segments, [only] if only == "metrics")
}
