//! Logging: a JSON object per line in a function, plain text on a terminal.

use tracing::level_filters::LevelFilter;

/// How log lines are written.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// A JSON object per line.
    Json {
        /// Whether it has the time, which CloudWatch adds by itself.
        timed: bool,
    },
    /// For people, with the time.
    Plain,
}

/// Starts logging to standard error at `level` and above; a second call has no effect.
pub fn start(format: Format, level: LevelFilter) {
    let logging = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_writer(std::io::stderr);
    // It fails only if logging has already been started.
    let _started = match format {
        Format::Json { timed: false } => logging.json().flatten_event(true).without_time().try_init(),
        Format::Json { timed: true } => logging.json().flatten_event(true).try_init(),
        Format::Plain => logging.with_ansi(false).try_init(),
    };
}
