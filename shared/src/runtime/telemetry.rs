//! Logging: one JSON line an event in a function, plain lines on a terminal.

use tracing::level_filters::LevelFilter;

/// How log lines are written.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// One JSON object a line, without a time: CloudWatch adds it.
    Json,
    /// For people, with the time.
    Plain,
}

/// Starts logging to standard error at `level` and above; a second call is without effect.
pub fn start(format: Format, level: LevelFilter) {
    let logging = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_writer(std::io::stderr);
    // It fails only when logging was started before.
    let _started = match format {
        Format::Json => logging.json().flatten_event(true).without_time().try_init(),
        Format::Plain => logging.with_ansi(false).try_init(),
    };
}
