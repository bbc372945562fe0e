//! The metrics of the service, and what each request adds to them.

use strum::IntoStaticStr;

use super::record::Record;

/// The namespace of the metrics in CloudWatch.
pub const NAMESPACE: &str = "Latchkey";
/// The one dimension of all metrics: which service it is.
pub const SERVICE_DIMENSION: &str = "Service";
/// The dimension of refusals by their reason, beside the service's own.
pub const CODE_DIMENSION: &str = "Code";

/// Something that is counted or measured. Its name in CloudWatch is that of its variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
pub enum Metric {
    /// Requests.
    Requests,
    /// Calls that a decision admitted.
    Admitted,
    /// Calls that a decision refused; also by the reason.
    Refused,
    /// Requests that were refused for the client's fault. A call that a decision refused is none.
    ClientErrors,
    /// Requests that the service could not answer: 5xx.
    ServerErrors,
    /// Calls of the store that failed, because it refused, did not answer in time or was given up.
    StoreFailures,
    /// Attempts to call the store for which it was too busy.
    StoreThrottles,
    /// Milliseconds that a request took.
    Latency,
    /// Read capacity units.
    ReadUnits,
    /// Write capacity units.
    WriteUnits,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Requests,
        Self::Admitted,
        Self::Refused,
        Self::ClientErrors,
        Self::ServerErrors,
        Self::StoreFailures,
        Self::StoreThrottles,
        Self::Latency,
        Self::ReadUnits,
        Self::WriteUnits,
    ];

    /// The name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The unit in CloudWatch, if it is not a mere number.
    pub(super) fn unit(self) -> Option<&'static str> {
        (self == Self::Latency).then_some("Milliseconds")
    }

    /// Whether it is about requests that went well, too, so that it is wrong unless all of them are
    /// logged.
    pub(super) fn is_of_all_requests(self) -> bool {
        matches!(self, Self::Requests | Self::Admitted | Self::Latency | Self::ReadUnits | Self::WriteUnits)
    }

    /// What the request adds; `None` for a count that stays as it is.
    #[must_use]
    pub fn of(self, record: &Record<'_>) -> Option<f64> {
        let observed = &record.observed;
        let count = |count: u32| (count > 0).then(|| f64::from(count));
        let whether = |is_so: bool| is_so.then_some(1.0);
        match self {
            Self::Requests => Some(1.0),
            Self::Admitted => whether(observed.admitted == Some(true)),
            Self::Refused => whether(observed.admitted == Some(false)),
            Self::ClientErrors => whether(record.is_client_error()),
            Self::ServerErrors => whether(record.is_server_error()),
            Self::StoreFailures => count(observed.store_failures()),
            Self::StoreThrottles => count(observed.store_throttles),
            Self::Latency => Some(record.millis()),
            Self::ReadUnits => Some(observed.read_units).filter(|units| *units > 0.0),
            Self::WriteUnits => Some(observed.write_units).filter(|units| *units > 0.0),
        }
    }
}
