//! `template.yaml`: the blocks that follow from the functions, the settings and the tables.
//!
//! The blocks are written out one by one. `Fn::ForEach` would say them once, but `sam build`, `sam deploy` and
//! `sam local` refuse such a template unless an option is given that is off by default.

mod dashboard;
mod functions;
mod parameters;
mod tables;

use crate::Error;
use crate::files::Files;
use crate::sources::SETTINGS;

const TEMPLATE: &str = "template.yaml";

/// Writes every generated region of the template.
pub(crate) fn generate(files: &mut Files) -> Result<(), Error> {
    files.set_region(TEMPLATE, "parameters", &parameters::blocks(SETTINGS))?;
    files.set_region(TEMPLATE, "environment", &parameters::environment(SETTINGS))?;
    files.set_region(TEMPLATE, "functions", &functions::blocks())?;
    files.set_region(TEMPLATE, "tables", &tables::blocks())?;
    files.set_region(TEMPLATE, "dashboard", &dashboard::block())
}
