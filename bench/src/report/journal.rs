//! What a run has found so far, and how busy the machine was meanwhile.

use std::path::{Path, PathBuf};

use super::document::{Section, write};
use crate::options::Options;
use crate::{Failure, machine};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The sections so far.
pub(crate) struct Journal {
    sections: Vec<(&'static str, Section)>,
    load: String,
    busiest: f64,
}

impl Journal {
    /// Begins one, and notes the load.
    pub(crate) fn begin() -> Result<Self, Failure> {
        Ok(Self { sections: Vec::new(), load: machine::load()?, busiest: 0.0 })
    }

    /// Pauses before the next part, to see what other processes take of the machine.
    pub(crate) async fn rest(&mut self) -> Result<(), Failure> {
        self.busiest = self.busiest.max(machine::busy().await?);
        Ok(())
    }

    /// Adds a section under the name of its place in the template, and prints it.
    pub(crate) fn add(&mut self, name: &'static str, section: Section) {
        println!("\n## {name}\n\n{}", section.markdown());
        self.sections.push((name, section));
    }

    /// Writes the document and returns its path: one of the documentation, unless the run was a quick one.
    pub(crate) fn publish(mut self, options: &Options) -> Result<PathBuf, Failure> {
        let circumstances = self.circumstances(options)?;
        self.add("circumstances", Section::new(circumstances));
        let folder = Path::new(ROOT).join(if options.quick { "target/bench" } else { "docs" });
        write(&folder, &self.sections)?;
        Ok(folder.join("performance.md"))
    }

    fn circumstances(&self, options: &Options) -> Result<String, Failure> {
        let Options { starts, batches, repetitions, span, .. } = options;
        Ok(format!(
            "| | |\n|---|---|\n\
             | machine | {} |\n\
             | commit | {} |\n\
             | compiler | {} |\n\
             | load average | {} at the start, {} at the end |\n\
             | CPU that other processes used, at most | {:.0} % |\n\
             | repetitions | {starts} starts; {batches} batches of 100 events; {repetitions} × {span:?} of each \
             operation |",
            machine::description()?,
            machine::commit()?,
            machine::compiler()?,
            self.load,
            machine::load()?,
            self.busiest * 100.0,
        ))
    }
}
