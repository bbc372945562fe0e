//! Logging: a JSON object per line in a function, plain text on a terminal.

use tracing::level_filters::LevelFilter;

/// How log lines are written.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// A JSON object per line, with its time and level, by which Lambda reads it.
    Json,
    /// For people.
    Plain,
}

/// Starts logging to standard error at `level` and above; a second call has no effect.
pub fn start(format: Format, level: LevelFilter) {
    let logging = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_writer(std::io::stderr);
    // It fails only if logging has already been started.
    let _started = match format {
        Format::Json => logging.json().flatten_event(true).try_init(),
        Format::Plain => logging.with_ansi(false).try_init(),
    };
}
