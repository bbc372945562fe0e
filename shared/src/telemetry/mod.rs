//! What the service says about its work: what each request did, the line that is logged of it, and
//! the metrics that are counted.

pub mod logging;
mod metrics;
mod observed;
mod record;
mod request_line;

pub use metrics::{CODE_DIMENSION, Metric, NAMESPACE, SERVICE_DIMENSION};
pub use observed::{
    Caller, Observed, Route, about_key, about_org, answered, authenticated, decided, failed, observe, refused, routed,
    runs_again, store_answered, store_called, store_consumed, store_throttled, warn,
};
pub use record::{Level, Record};
pub use request_line::RequestLine;
