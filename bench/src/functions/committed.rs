//! The committed table of instructions, which a change may not exceed by more than a little.

use std::fs;

use super::instructions::Instructions;
use crate::Failure;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.jsonl");
/// By how many percent a figure may grow: as much as it varies from run to run, and a little more.
const TOLERANCE: u64 = 3;

/// Rewrites the table.
pub(crate) fn write(counted: &[Instructions]) -> Result<(), Failure> {
    let lines: Result<Vec<_>, _> = counted.iter().map(serde_json::to_string).collect();
    Ok(fs::write(FILE, lines?.join("\n") + "\n")?)
}

/// Reads the table.
pub(crate) fn read() -> Result<Vec<Instructions>, Failure> {
    let table = fs::read_to_string(FILE)?;
    Ok(table.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// What grew by more than the tolerance, in words; empty if nothing did.
pub(crate) fn grown(committed: &[Instructions], counted: &[Instructions]) -> Vec<String> {
    let mut grown = Vec::new();
    for now in counted {
        let same = |row: &&Instructions| (&row.function, &row.store) == (&now.function, &now.store);
        let Some(then) = committed.iter().find(same) else {
            grown.push(format!("{} ({}) is not in the committed table", now.function, now.store));
            continue;
        };
        let figures = [
            ("start", then.start, now.start),
            ("first event", then.first_event, now.first_event),
            ("event", then.event, now.event),
        ];
        for (figure, before, after) in figures {
            if after * 100 > before * (100 + TOLERANCE) {
                let percent = (after as f64 / before as f64 - 1.0) * 100.0;
                grown.push(format!("{} ({}), {figure}: {before} → {after}, {percent:+.1} %", now.function, now.store));
            }
        }
    }
    grown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(function: &str, start: u64, event: u64) -> Instructions {
        Instructions { function: function.to_owned(), store: "TLS".to_owned(), start, first_event: 1000, event }
    }

    #[test]
    fn growth_beyond_the_tolerance_is_found_in_every_figure() {
        let committed = [row("gate-verify", 1000, 1000)];
        assert_eq!(grown(&committed, &[row("gate-verify", 1030, 970)]), Vec::<String>::new());
        assert_eq!(grown(&committed, &[row("gate-verify", 1031, 1031)]).len(), 2);
    }

    #[test]
    fn a_function_that_is_not_in_the_table_is_found() {
        assert_eq!(grown(&[], &[row("gate-verify", 1, 1)]).len(), 1);
    }

    #[test]
    fn the_committed_table_has_every_function() {
        let committed = read().unwrap();
        for subject in crate::functions::subject::Subject::all() {
            let is_it = |row: &&Instructions| row.function == subject.function && row.store == subject.link_name();
            assert!(committed.iter().any(|row| is_it(&row)), "{} ({})", subject.function, subject.link_name());
        }
    }
}
