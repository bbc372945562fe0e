//! How far a long command has come: a bar on a terminal, plain lines anywhere else.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

/// What the bar looks like.
const BAR: &str = "{bar:24} {percent:>3}%  {wide_msg}";

/// The progress of a command.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    last: String,
}

impl Progress {
    /// Nothing done yet.
    pub(crate) fn start() -> Self {
        let bar = io::stderr().is_terminal().then(|| ProgressBar::new(0));
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template(BAR)) {
            bar.set_style(style);
        }
        Self { bar, last: String::new() }
    }

    /// Whether somebody sees the bar move.
    pub(crate) fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// `done` of about `of` are done, which is `said` in words.
    pub(crate) fn at(&mut self, done: u64, of: u64, said: String) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(of.max(done));
                bar.set_position(done);
                bar.set_message(said.clone());
            }
            None => print(&said),
        }
        self.last = said;
    }

    /// Leaves the last line in place of the bar.
    pub(crate) fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            print(&self.last);
        }
    }
}

/// Prints a line; nobody may read it any more.
fn print(line: &str) {
    let _closed = writeln!(io::stdout(), "{line}");
}
