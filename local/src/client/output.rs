//! What is printed: tables for people, JSON for programs, notes on standard error.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::object::Object;
use super::service::Answer;

/// What stands for a value that there is not.
pub(super) const NONE: &str = "-";

/// Characters of a text that is never wrapped.
const SHORT: u16 = 24;

/// How the answer is printed.
#[derive(Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read the output.
    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// Prints an answer: as it was received, or as a table.
    pub(super) fn answer(self, answer: &Answer, text: impl FnOnce() -> Result<String, Failure>) -> Result<(), Failure> {
        if self.json { line(answer.text.trim_end()) } else { line(text()?.trim_end()) }
    }

    /// Prints a document, or a table.
    pub(super) fn document(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let text = if self.json { serde_json::to_string(document).map_err(Failure::usage)? } else { text()? };
        line(text.trim_end())
    }
}

/// Prints a line at once, so that it is out before anything that depends on it is done.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    Ok(stdout.flush()?)
}

/// Writes a line for people to standard error, which may be closed.
pub(super) fn note(text: &str) {
    let _closed = writeln!(io::stderr(), "{text}");
}

/// A table with these headings. It fits the terminal, and is not wrapped anywhere else.
pub(super) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let bold = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let heading = |name: &&str| {
        let cell = Cell::new(name);
        if bold { cell.add_attribute(Attribute::Bold) } else { cell }
    };
    let mut table = blank();
    table.set_header(headings.iter().map(heading));
    table.add_rows(rows.into_iter().map(|row| row.into_iter().map(|cell| printable(&cell)).collect::<Vec<_>>()));
    text(table)
}

/// The fields of an object, a row each.
pub(super) fn details(object: &Object) -> String {
    let mut table = blank();
    table.add_rows(object.fields().map(|(name, value)| [printable(name), printable(&cell(value))]));
    text(table)
}

/// The details of the object in an answer.
pub(super) fn details_of(answer: &Answer) -> Result<String, Failure> {
    Ok(details(&answer.read()?))
}

fn blank() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// The table as text. Only long texts are wrapped, and never ids, so that they can be copied.
fn text(mut table: Table) -> String {
    let widths = table.column_max_content_widths();
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_padding((0, 2));
        if column.index == 0 || width <= SHORT {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A value as it stands in a table.
pub(super) fn cell(value: &RawValue) -> String {
    if let Ok(text) = serde_json::from_str::<Option<String>>(value.get()) {
        return or_none(text);
    }
    match serde_json::from_str::<Vec<String>>(value.get()) {
        Ok(texts) => joined(&texts),
        Err(_) => value.get().to_owned(),
    }
}

/// A text, or what stands for none.
pub(super) fn or_none(text: Option<String>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or_else(|| NONE.to_owned())
}

/// Texts in a row.
pub(super) fn joined(texts: &[String]) -> String {
    or_none(Some(texts.join(", ")))
}

/// The text with everything escaped that could control a terminal, since names and labels are
/// chosen by others.
pub(super) fn printable(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let escaped = |c: char| if is_harmful(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_cannot_control_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d"), "a\\u{1b}[31mb\\nc\\u{202e}d");
        assert_eq!(printable("Ärger 日本 – ok"), "Ärger 日本 – ok");
    }

    #[test]
    fn a_table_is_aligned_and_has_no_blanks_at_the_ends_of_lines() {
        let rows = [vec!["1".into(), "Ada\u{7}".into()], vec!["22".into(), "-".into()]];
        assert_eq!(table(&["ID", "ALIAS"], rows), "ID  ALIAS\n1   Ada\\u{7}\n22  -");
    }

    #[test]
    fn a_value_is_shown_without_the_marks_of_json() {
        let cell = |json: &str| cell(&RawValue::from_string(json.to_owned()).unwrap());
        assert_eq!(
            [cell("\"a\""), cell("null"), cell("1.50"), cell("[\"a\",\"b\"]"), cell("[]")],
            ["a", "-", "1.50", "a, b", "-"]
        );
        assert_eq!(cell("{\"a\": 1}"), "{\"a\": 1}");
    }
}
