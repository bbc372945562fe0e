//! The two things that the command does: measure everything, or only count instructions.

use std::path::{Path, PathBuf};

use crate::functions::instructions::{count, valgrind};
use crate::functions::{self, Stage, committed, starts, warm};
use crate::options::{self, Options};
use crate::report;
use crate::report::document::Section;
use crate::report::journal::Journal;
use crate::server::load::Tool;
use crate::server::{contention, growth, throughput};

/// Why there is no result.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

const NO_VALGRIND: &str = "Instructions were not counted: valgrind is not installed.";

/// The parts of the document, by the names of their places in the template.
const PARTS: [&str; 6] = ["starts", "events", "instructions", "throughput", "growth", "contention"];

/// Measures every part and writes the document: into `docs`, or into `target/bench` if the run is a quick one. If
/// `ONLY` names a part, that one is measured and printed, and nothing is written.
///
/// # Errors
/// When anything cannot be measured, or does not do what it is measured for.
pub async fn everything() -> Result<(), Failure> {
    let options = Options::from_environment()?;
    let built = built()?;
    let stage = functions::set_up(&built).await?;
    let mut journal = Journal::begin()?;
    for part in PARTS.into_iter().filter(|part| options.only.as_deref().is_none_or(|only| only == *part)) {
        journal.rest().await?;
        journal.add(part, measure(part, &stage, &built, &options).await?);
    }
    if options.only.is_some() {
        return Ok(());
    }
    let written = journal.publish(&options)?;
    println!("\nwrote {}", written.display());
    Ok(())
}

async fn measure(part: &str, stage: &Stage, built: &Path, options: &Options) -> Result<Section, Failure> {
    Ok(match part {
        "starts" => report::functions::starts(&starts::measure(stage, options.starts).await?),
        "events" => report::functions::warm(&warm::measure(stage, options.batches).await?),
        "instructions" => match valgrind() {
            Some(valgrind) => report::functions::instructions(&count(stage, &valgrind, options.counted).await?),
            None => Section::new(NO_VALGRIND.to_owned()),
        },
        "throughput" => {
            let tool = Tool::installed();
            let rows = throughput::measure(built, &tool, options).await?;
            report::server::throughput(&tool, &rows)
        }
        "growth" => report::server::growth(&growth::measure(built, &options.keys).await?),
        _ => report::server::contention(&contention::measure(built, options).await?),
    })
}

/// Counts instructions, and compares them with the committed table or, if `WRITE` is set, rewrites that. Returns
/// whether no figure grew too much.
///
/// # Errors
/// When valgrind is not installed, or a function cannot be run.
pub async fn instructions() -> Result<bool, Failure> {
    let valgrind = valgrind().ok_or(NO_VALGRIND)?;
    let stage = functions::set_up(&built()?).await?;
    let counted = count(&stage, &valgrind, Options::full().counted).await?;
    println!("{}", report::functions::instructions_table(&counted).markdown());
    if options::is_set("WRITE") {
        committed::write(&counted)?;
        return Ok(true);
    }
    let grown = committed::grown(&committed::read()?, &counted);
    for figure in &grown {
        println!("grew: {figure}");
    }
    Ok(grown.is_empty())
}

/// The folder of the release builds, in which this program lies, too.
fn built() -> Result<PathBuf, Failure> {
    Ok(std::env::current_exe()?.parent().unwrap_or(Path::new(".")).to_owned())
}
