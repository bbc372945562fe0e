//! What the README lists is what there is.

use latchkey_functions::table::FUNCTIONS;
use latchkey_shared::settings::{SETTINGS, Setting};

const README: &str = include_str!("../../README.md");

#[test]
fn the_readme_tells_every_setting_with_its_default_and_meaning() {
    for Setting { name, default, meaning } in SETTINGS {
        let row = README.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("the table of settings lacks {name}"));
        assert!(row.replace('`', "").contains(&format!("| {default} | {meaning} |")), "{row}");
    }
}

#[test]
fn the_readme_tells_every_function() {
    for function in FUNCTIONS {
        assert!(README.contains(&format!("| `{}` |", function.name)), "{} is not listed", function.name);
    }
}
