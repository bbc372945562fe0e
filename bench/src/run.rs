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

/// Measures everything and writes the document: into `docs`, or into `target/bench` if the run is a quick one.
///
/// # Errors
/// When anything cannot be measured, or does not do what it is measured for.
pub async fn everything() -> Result<(), Failure> {
    let options = Options::from_environment()?;
    let built = built()?;
    let mut journal = Journal::begin()?;
    measure_functions(&mut journal, &functions::set_up(&built).await?, &options).await?;
    measure_server(&mut journal, &built, &options).await?;
    let written = journal.publish(&options)?;
    println!("\nwrote {}", written.display());
    Ok(())
}

async fn measure_functions(journal: &mut Journal, stage: &Stage, options: &Options) -> Result<(), Failure> {
    journal.rest().await?;
    journal.add("starts", report::functions::starts(&starts::measure(stage, options.starts).await?));
    journal.rest().await?;
    journal.add("events", report::functions::warm(&warm::measure(stage, options.batches).await?));
    let counted = match valgrind() {
        Some(valgrind) => report::functions::instructions(&count(stage, &valgrind).await?),
        None => Section::new(NO_VALGRIND.to_owned()),
    };
    journal.add("instructions", counted);
    Ok(())
}

async fn measure_server(journal: &mut Journal, built: &Path, options: &Options) -> Result<(), Failure> {
    let tool = Tool::installed();
    journal.add("load", Section::new(tool.name().to_owned()));
    journal.rest().await?;
    journal.add("throughput", report::server::throughput(&throughput::measure(built, &tool, options).await?));
    journal.rest().await?;
    journal.add("growth", report::server::growth(&growth::measure(built, &options.keys).await?));
    journal.rest().await?;
    journal.add("contention", report::server::contention(&contention::measure(built, options).await?));
    Ok(())
}

/// Counts instructions, and compares them with the committed table or, if `WRITE` is set, rewrites that. Returns
/// whether no figure grew too much.
///
/// # Errors
/// When valgrind is not installed, or a function cannot be run.
pub async fn instructions() -> Result<bool, Failure> {
    let valgrind = valgrind().ok_or(NO_VALGRIND)?;
    let stage = functions::set_up(&built()?).await?;
    let counted = count(&stage, &valgrind).await?;
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
