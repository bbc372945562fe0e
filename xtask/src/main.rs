//! `cargo xtask generate [--check]`: writes what is generated, or shows how the files differ from it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what the command prints")]

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask generate [--check]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["generate"] => generate(),
        ["generate", "--check"] => check(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn generate() -> Result<ExitCode, xtask::Error> {
    let generated = xtask::generate(root())?;
    for path in generated.write()? {
        println!("wrote {path}");
    }
    Ok(report(&generated.problems))
}

fn check() -> Result<ExitCode, xtask::Error> {
    let generated = xtask::generate(root())?;
    let diff = generated.diff();
    let reported = report(&generated.problems);
    if diff.is_empty() {
        return Ok(reported);
    }
    print!("{diff}");
    eprintln!("These files differ from what is generated. Run `cargo xtask generate`.");
    Ok(ExitCode::FAILURE)
}

/// Prints what only a person can mend.
fn report(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
