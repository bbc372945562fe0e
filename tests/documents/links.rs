//! Links to files of the repository and to headings in them.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::markdown::{anchors, prose};

/// The links of `document` that lead nowhere: the line and the link. Links to other hosts are not followed.
pub(crate) fn broken(document: &Path, text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let code = Regex::new("`[^`]*`").unwrap();
    let mut broken = Vec::new();
    for (line, text) in prose(text) {
        let text = code.replace_all(text, "``");
        for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
            if !target.contains("://") && !leads_somewhere(document, &target) {
                broken.push(format!("{}:{line}: {target}", document.display()));
            }
        }
    }
    broken
}

fn leads_somewhere(document: &Path, target: &str) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { document.to_owned() } else { document.parent().unwrap().join(file) };
    if anchor.is_empty() {
        return path.exists();
    }
    fs::read_to_string(path).is_ok_and(|text| anchors(&text).any(|known| known == anchor))
}
