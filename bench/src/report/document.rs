//! docs/performance.md: the template of its prose with every table filled in, and its plots.

use std::fs;
use std::path::Path;

use crate::Failure;

const TEMPLATE: &str = include_str!("../../performance.md");
/// The folder of the plots, beside the document.
const PLOTS: &str = "performance";

/// What fills one placeholder of the template.
#[derive(Default)]
pub(crate) struct Section {
    markdown: String,
    plots: Vec<(&'static str, String)>,
}

impl Section {
    /// A section of this text.
    pub(crate) fn new(markdown: String) -> Self {
        Self { markdown, plots: Vec::new() }
    }

    /// Adds a table, or a paragraph.
    pub(crate) fn add(&mut self, markdown: &str) {
        if !self.markdown.is_empty() {
            self.markdown += "\n\n";
        }
        self.markdown += markdown;
    }

    /// Adds a plot, which is kept in a file of this name.
    pub(crate) fn plot(&mut self, name: &'static str, shows: &str, svg: String) {
        self.add(&format!("![{shows}]({PLOTS}/{name}.svg)"));
        self.plots.push((name, svg));
    }

    /// What it says.
    pub(crate) fn markdown(&self) -> &str {
        &self.markdown
    }
}

/// Writes the document and its plots into `folder`.
pub(crate) fn write(folder: &Path, sections: &[(&str, Section)]) -> Result<(), Failure> {
    let texts: Vec<(&str, &str)> = sections.iter().map(|(name, section)| (*name, section.markdown())).collect();
    let document = fill(TEMPLATE, &texts)?;
    let plots = folder.join(PLOTS);
    fs::create_dir_all(&plots)?;
    for (name, svg) in sections.iter().flat_map(|(_, section)| &section.plots) {
        fs::write(plots.join(format!("{name}.svg")), svg)?;
    }
    Ok(fs::write(folder.join("performance.md"), document)?)
}

/// Puts each text in its place, `{{name}}`; every place must have a text and every text its place.
fn fill(template: &str, texts: &[(&str, &str)]) -> Result<String, Failure> {
    let mut filled = template.to_owned();
    for (name, text) in texts {
        let place = format!("{{{{{name}}}}}");
        if !filled.contains(&place) {
            return Err(format!("the template has no {place}").into());
        }
        filled = filled.replace(&place, text);
    }
    if filled.contains("{{") { Err("the template has a place that nothing fills".into()) } else { Ok(filled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_needs_a_text_and_every_text_a_place() {
        assert_eq!(fill("a {{x}} b", &[("x", "1")]).unwrap(), "a 1 b");
        assert!(fill("a {{x}} {{y}}", &[("x", "1")]).is_err());
        assert!(fill("a", &[("x", "1")]).is_err());
    }

    #[test]
    fn a_plot_stands_where_it_was_added() {
        let mut section = Section::new("table".to_owned());
        section.plot("starts", "Starts", "<svg/>".to_owned());
        assert_eq!(section.markdown(), "table\n\n![Starts](performance/starts.svg)");
    }
}
