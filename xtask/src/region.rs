//! Generated regions in files that people write: from `# generated: NAME` to `# end`, or the same as an HTML comment.

use crate::Error;

/// `text` with `new` between the markers of the region `name`, which must be there exactly once.
pub(crate) fn replace(path: &str, text: &str, name: &str, new: &str) -> Result<String, Error> {
    let problem = |what: &str| Error::Region { path: path.to_owned(), problem: format!("the region `{name}` {what}") };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = (0..lines.len()).filter(|line| opened(lines[*line]) == Some(name));
    let first = starts.next().ok_or_else(|| problem("is missing"))? + 1;
    if starts.next().is_some() {
        return Err(problem("is there twice"));
    }
    let end = (first..lines.len()).find(|line| is_end(lines[*line]) || opened(lines[*line]).is_some());
    let end = end.filter(|line| is_end(lines[*line])).ok_or_else(|| problem("has no end"))?;
    Ok(format!("{}{new}{}", lines[..first].concat(), lines[end..].concat()))
}

/// The name of the region that a line opens.
fn opened(line: &str) -> Option<&str> {
    let line = line.trim();
    line.strip_prefix("# generated: ").or_else(|| line.strip_prefix("<!-- generated: ")?.strip_suffix(" -->"))
}

fn is_end(line: &str) -> bool {
    matches!(line.trim(), "# end" | "<!-- end -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\n  # generated: one\n  old: 1\n  # end\nb: 2\n  # generated: two\n  # end\n";

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let text = replace("f.yaml", TEXT, "one", "  new: 1\n").unwrap();
        assert_eq!(text, TEXT.replace("old", "new"));
        assert_eq!(replace("f.yaml", &text, "one", "  new: 1\n").unwrap(), text, "once more changes nothing");
        let markdown = "# Title\n\n<!-- generated: list -->\n<!-- end -->\nAfter\n";
        let filled = replace("f.md", markdown, "list", "\n- a\n\n").unwrap();
        assert_eq!(filled, "# Title\n\n<!-- generated: list -->\n\n- a\n\n<!-- end -->\nAfter\n");
    }

    #[test]
    fn a_missing_an_open_or_a_repeated_region_is_an_error_that_names_the_file() {
        let open = TEXT.replacen("  # end\n", "", 1);
        for (text, name, problem) in [
            (TEXT, "three", "the region `three` is missing"),
            (&open, "one", "the region `one` has no end"),
            (&TEXT.replace("two", "one"), "one", "the region `one` is there twice"),
        ] {
            let error = replace("docs/f.md", text, name, "").unwrap_err().to_string();
            assert_eq!(error, format!("docs/f.md: {problem}"));
        }
    }
}
