//! `functions/src/bin`: one binary for each function. Nothing in them is written by hand.

use latchkey_shared::runtime::function::Function;

use crate::Error;
use crate::files::Files;
use crate::sources::{FUNCTIONS, constant};

const FOLDER: &str = "functions/src/bin";

/// Makes the binary of every function, and removes those that belong to none.
pub(crate) fn generate(files: &mut Files) -> Result<(), Error> {
    for name in files.names(FOLDER, ".rs")? {
        if !FUNCTIONS.iter().any(|function| function.name == name) {
            files.set(format!("{FOLDER}/{name}.rs"), None)?;
        }
    }
    for function in FUNCTIONS {
        files.set(format!("{FOLDER}/{}.rs", function.name), Some(binary(function)))?;
    }
    Ok(())
}

fn binary(function: &Function) -> String {
    let (name, constant) = (function.name, constant(function));
    let sentence = function.summary.split_inclusive(". ").next().unwrap_or_default().trim();
    format!(
        "//! The Lambda function `{name}`. {sentence}\n\n\
         fn main() -> Result<(), latchkey_functions::Error> {{\n    latchkey_functions::run(&{constant})\n}}\n"
    )
}
