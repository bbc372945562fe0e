//! The record of a request that has ended: what is logged of it, and what it counts as.

use std::time::Duration;

use super::observed::Observed;
use crate::settings::RequestLog;

/// A request that has ended.
#[derive(Debug)]
pub struct Record<'a> {
    /// The platform's id of it, which audit records have, too.
    pub request_id: &'a str,
    /// The id of the trace that it is part of.
    pub trace_id: Option<&'a str>,
    /// The function that answered it.
    pub function: &'static str,
    /// What was noted while it ran.
    pub observed: Observed,
    /// How long it took.
    pub took: Duration,
    /// Whether it was the first of its instance; `None` where that makes no difference.
    pub cold: Option<bool>,
}

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Level {
    /// The service failed.
    Error,
    /// The request was answered, but there is something to look at.
    Warn,
    /// It was answered, or refused.
    Info,
}

impl Level {
    /// Its name in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Record<'_> {
    /// `ok`, or the name of the refusal or failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.observed.code.unwrap_or("ok")
    }

    /// How serious it is.
    #[must_use]
    pub fn level(&self) -> Level {
        match &self.observed {
            observed if observed.cause.is_some() => Level::Error,
            observed if observed.warning.is_some() || self.has_store_trouble() => Level::Warn,
            _ => Level::Info,
        }
    }

    /// The dialect of the function, if it has one.
    #[must_use]
    pub fn dialect(&self) -> Option<&'static str> {
        self.function.split_once('-').map(|(dialect, _)| dialect)
    }

    /// The milliseconds that it took.
    #[must_use]
    pub fn millis(&self) -> f64 {
        // Microseconds of any request are exact in a float.
        f64::from(u32::try_from(self.took.as_micros()).unwrap_or(u32::MAX)) / 1000.0
    }

    /// Whether it was answered 5xx because the service failed. The Tyk dialect has a 500 for some
    /// requests that are at fault themselves.
    pub(super) fn is_server_error(&self) -> bool {
        self.status() >= 500 && self.observed.cause.is_some()
    }

    /// Whether it was refused for the client's fault. A decision that refuses a call is an answer.
    pub(super) fn is_client_error(&self) -> bool {
        self.status() >= 400 && self.observed.admitted.is_none() && !self.is_server_error()
    }

    fn status(&self) -> u16 {
        self.observed.status.unwrap_or_default()
    }

    fn has_store_trouble(&self) -> bool {
        self.observed.store_failures() > 0 || self.observed.store_throttles > 0
    }

    /// Whether `log` includes it.
    #[must_use]
    pub fn is_logged(&self, log: RequestLog) -> bool {
        let refused = self.status() >= 400 || self.observed.admitted == Some(false);
        match log {
            RequestLog::All => true,
            RequestLog::Failures => refused || self.level() != Level::Info,
            RequestLog::Errors => self.observed.cause.is_some() || self.has_store_trouble(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Metric;

    fn record(observed: Observed) -> Record<'static> {
        let took = Duration::from_micros(1_234);
        Record { request_id: "r", trace_id: None, function: "gate-verify", observed, took, cold: None }
    }

    fn answered(status: u16) -> Observed {
        Observed { status: Some(status), ..Observed::default() }
    }

    /// Which counts grow, apart from the number of requests.
    fn counted(record: &Record<'_>) -> Vec<&'static str> {
        let counts = Metric::ALL.into_iter().filter(|metric| !matches!(metric, Metric::Requests | Metric::Latency));
        counts.filter(|metric| metric.of(record).is_some()).map(Metric::name).collect()
    }

    #[test]
    fn each_outcome_counts_once_and_is_logged_where_it_belongs() {
        let failed = |status| Observed { cause: Some("the store failed".into()), store_calls: 1, ..answered(status) };
        let refused = |status| Observed { admitted: Some(false), ..answered(status) };
        for (observed, counts, logged) in [
            (answered(200), &[][..], [true, false, false]),
            (answered(404), &["ClientErrors"], [true, true, false]),
            // What the Tyk dialect answers to a malformed body.
            (answered(500), &["ClientErrors"], [true, true, false]),
            (failed(503), &["ServerErrors", "StoreFailures"], [true, true, true]),
            // A health check that says so.
            (failed(200), &["StoreFailures"], [true, true, true]),
            (Observed { admitted: Some(true), ..answered(200) }, &["Admitted"], [true, false, false]),
            (refused(200), &["Refused"], [true, true, false]),
            (refused(403), &["Refused"], [true, true, false]),
            (Observed { store_throttles: 1, ..answered(200) }, &["StoreThrottles"], [true, true, true]),
            (Observed { warning: Some("w".into()), ..answered(200) }, &[], [true, true, false]),
        ] {
            let record = record(observed);
            assert_eq!(counted(&record), counts, "{record:?}");
            let logs = [RequestLog::All, RequestLog::Failures, RequestLog::Errors];
            assert_eq!(logs.map(|log| record.is_logged(log)), logged, "{record:?}");
        }
    }

    #[test]
    fn units_and_time_are_as_measured() {
        let record = record(Observed { read_units: 0.5, write_units: 2.0, ..answered(200) });
        assert_eq!(counted(&record), ["ReadUnits", "WriteUnits"]);
        assert_eq!(Metric::Latency.of(&record), Some(1.234));
        assert_eq!((record.code(), record.dialect()), ("ok", Some("gate")));
    }
}
