//! Logs each event of a function: one line when it has been answered, or has failed.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lambda_runtime::Context;

use super::function::Function;
use crate::clock::Clock;
use crate::settings::Settings;
use crate::telemetry::{Record, RequestLine, observe};

/// The log of one instance of a function.
pub(super) struct RequestLog<'a> {
    function: &'static Function,
    settings: &'a Settings,
    clock: &'a Clock,
    /// Whether an event came before.
    warm: AtomicBool,
}

impl<'a> RequestLog<'a> {
    pub(super) fn new(function: &'static Function, settings: &'a Settings, clock: &'a Clock) -> Self {
        Self { function, settings, clock, warm: AtomicBool::new(false) }
    }

    /// The result of `work`, which answers the event of `context`. Its line has been written.
    pub(super) async fn logged<T>(&self, context: &Context, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let (result, observed) = observe(work).await;
        let record = Record {
            request_id: &context.request_id,
            trace_id: context.xray_trace_id.as_deref().and_then(root),
            function: self.function.name,
            observed,
            took: begun.elapsed(),
            cold: Some(!self.warm.swap(true, Ordering::Relaxed)),
        };
        self.write(&record);
        result
    }

    fn write(&self, record: &Record<'_>) {
        let (settings, now) = (self.settings, self.clock.now());
        if record.is_logged(settings.request_log) {
            let line = RequestLine { record, service: &settings.service, log: settings.request_log, now };
            // A log that takes no more lines must not keep requests from being answered.
            let _written = std::io::stderr().write_all(&line.to_line());
        }
    }
}

/// The id of the trace in a header of X-Ray: `1-…` of `Root=1-…;Parent=…;Sampled=1`.
fn root(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let is_id = root.len() <= 64 && root.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_id.then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_trace_is_its_root() {
        let id = "1-5759e988-bd862e3fe1be46a994272793";
        assert_eq!(root(&format!("Root={id};Parent=53995c3f42cd8ad8;Sampled=1")), Some(id));
        assert_eq!(root(&format!("Self=1-67891234-12456789abcdef012345678; Root={id}")), Some(id));
        for none in ["", "Parent=53995c3f42cd8ad8", "Root=a token", "Root"] {
            assert_eq!(root(none), None, "{none}");
        }
    }
}
