//! Tables in Markdown, aligned so that they read well in a terminal, too.

use crate::sample::Sample;

/// A table; its first `texts` columns are text, the others numbers.
pub(crate) struct Table {
    texts: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads.
    pub(crate) fn new(texts: usize, heads: &[&str]) -> Self {
        Self { texts, rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as Markdown, without a line break at its end.
    pub(crate) fn markdown(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().map(|row| width(row, column)).max().unwrap_or_default())
            .collect();
        let mut lines: Vec<String> = self.rows.iter().map(|row| self.line(row, &widths)).collect();
        let rules: Vec<String> = widths.iter().enumerate().map(|(column, width)| self.rule(column, *width)).collect();
        lines.insert(1, format!("|{}|", rules.join("|")));
        lines.join("\n")
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cell = |(column, (cell, width)): (usize, (&String, &usize))| {
            let width = *width;
            if column < self.texts { format!(" {cell:<width$} ") } else { format!(" {cell:>width$} ") }
        };
        let cells: Vec<String> = row.iter().zip(widths).enumerate().map(cell).collect();
        format!("|{}|", cells.join("|"))
    }

    fn rule(&self, column: usize, width: usize) -> String {
        if column < self.texts { "-".repeat(width + 2) } else { "-".repeat(width + 1) + ":" }
    }
}

/// A number that is not negative, with three or more significant digits, thousands apart.
pub(crate) fn number(figure: f64) -> String {
    match figure {
        ..0.9995 => format!("{figure:.3}"),
        ..9.995 => format!("{figure:.2}"),
        ..99.95 => format!("{figure:.1}"),
        _ => thousands(&format!("{figure:.0}")),
    }
}

/// Puts commas between the thousands of an integer.
fn thousands(integer: &str) -> String {
    let groups: Vec<&str> =
        integer.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// A median with its quartiles; alone if it was measured once.
pub(crate) fn spread(sample: Sample) -> String {
    if sample.low == sample.high {
        return number(sample.median);
    }
    format!("{} ({}–{})", number(sample.median), number(sample.low), number(sample.high))
}

/// How many times as much one is as the other; a dash where there is nothing to compare with.
pub(crate) fn ratio(figure: f64, of: f64) -> String {
    if of > 0.0 { format!("{:.2}", figure / of) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_markdown() {
        let mut table = Table::new(1, &["function", "ms"]);
        table.row(["hello".to_owned(), number(1.5)]);
        assert_eq!(table.markdown(), "| function |   ms |\n|----------|-----:|\n| hello    | 1.50 |");
    }

    #[test]
    fn numbers_have_three_digits_and_thousands_apart() {
        let shown = [0.1234, 1.0, 9.999, 99.96, 567_123.4, 1_234_567.0, 100.0, 0.0].map(number);
        assert_eq!(shown, ["0.123", "1.00", "10.0", "100", "567,123", "1,234,567", "100", "0.000"]);
    }

    #[test]
    fn nothing_to_compare_with_is_no_ratio() {
        assert_eq!(ratio(3.0, 2.0), "1.50");
        assert_eq!(ratio(3.0, 0.0), "–");
    }
}
