//! `latchkey completions`: what a shell offers when Tab is pressed.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::options::Options;

/// Prints the script for this shell.
pub(crate) fn print(shell: Shell) -> io::Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut Options::command(), "latchkey", &mut script);
    io::stdout().lock().write_all(&script)
}
