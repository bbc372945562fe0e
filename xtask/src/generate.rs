//! All that is generated, and where it goes.

use std::path::Path;

use crate::files::Files;
use crate::sources::{self, Measured};
use crate::{Error, binaries, costs, endpoints, events, openapi, queries, settings, template};

/// The dialects whose guides list their own functions.
const DIALECTS: [&str; 4] = ["tyk", "gmi", "requesty", "gate"];

/// The project as it should be, beside how it is.
pub struct Generated {
    files: Files,
    /// What cannot be generated and only a person can mend.
    pub problems: Vec<String>,
}

impl Generated {
    /// Writes every file that differs, and returns their paths.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self) -> Result<Vec<&str>, Error> {
        self.files.write()
    }

    /// Every difference as a unified diff; empty when there is none.
    #[must_use]
    pub fn diff(&self) -> String {
        self.files.diff()
    }
}

/// Generates everything for the project in the folder `root`, and writes nothing.
///
/// # Errors
/// When a file cannot be read, or lacks a generated region that it should have.
pub fn generate(root: &Path) -> Result<Generated, Error> {
    let measured = sources::measured(root)?;
    let mut files = Files::of(root);
    template::generate(&mut files)?;
    docs(&measured, &mut files)?;
    binaries::generate(&mut files)?;
    let mut problems = events::generate(&mut files)?;
    problems.extend(openapi::generate(&mut files)?);
    problems.extend(costs::problems(&measured));
    Ok(Generated { files, problems })
}

fn docs(measured: &[Measured], files: &mut Files) -> Result<(), Error> {
    files.set_region("docs/settings.md", "settings", &settings::table())?;
    files.set_region("docs/costs.md", "costs", &costs::table(measured))?;
    files.set_region("docs/operating.md", "queries", &queries::list())?;
    files.set_region("docs/endpoints.md", "endpoints", &endpoints::table(None))?;
    for dialect in DIALECTS {
        let table = endpoints::table(Some(dialect));
        files.set_region(&format!("docs/{dialect}.md"), &format!("endpoints-{dialect}"), &table)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    fn copy(from: &Path, to: &Path) -> io::Result<()> {
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap())?;
            return fs::copy(from, to).map(drop);
        }
        fs::read_dir(from)?.try_for_each(|entry| {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name))
        })
    }

    /// A copy of the project, generated.
    fn project() -> TempDir {
        let (root, copied) = (Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")), tempfile::tempdir().unwrap());
        for path in ["template.yaml", "docs", "events", "functions/src", sources::CAPACITY] {
            copy(&root.join(path), &copied.path().join(path)).unwrap();
        }
        generate(copied.path()).unwrap().write().unwrap();
        copied
    }

    /// Changes a file of the project, and returns its path.
    fn edit(project: &TempDir, path: &str, old: &str, new: &str) -> PathBuf {
        let path = project.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{old}");
        fs::write(&path, text.replacen(old, new, 1)).unwrap();
        path
    }

    #[test]
    fn generating_again_changes_nothing() {
        let project = project();
        let again = generate(project.path()).unwrap();
        assert_eq!((again.diff().as_str(), again.problems.as_slice()), ("", &[][..]));
        assert_eq!(again.write().unwrap(), Vec::<&str>::new());
    }

    #[test]
    fn a_change_by_hand_is_found_and_put_right() {
        let project = project();
        let path = edit(&project, "template.yaml", "Action: [dynamodb:GetItem,", "Action: [dynamodb:*,");
        let generated = generate(project.path()).unwrap();
        assert!(generated.diff().contains("-              Action: [dynamodb:*,"), "{}", generated.diff());
        assert!(fs::read_to_string(&path).unwrap().contains("dynamodb:*"), "nothing is written yet");
        assert_eq!(generated.write().unwrap(), ["template.yaml"]);
        assert!(!fs::read_to_string(&path).unwrap().contains("dynamodb:*"));
    }

    #[test]
    fn what_people_wrote_stays() {
        let project = project();
        let path = edit(&project, "docs/settings.md", "# Settings\n", "# All the settings\n");
        assert_eq!(generate(project.path()).unwrap().diff(), "");
        assert!(fs::read_to_string(path).unwrap().starts_with("# All the settings\n"));
    }

    #[test]
    fn a_missing_marker_is_an_error_that_names_the_file() {
        let project = project();
        edit(&project, "docs/costs.md", "<!-- generated: costs -->", "");
        let error = generate(project.path()).err().unwrap().to_string();
        assert_eq!(error, "docs/costs.md: the region `costs` is missing");
    }

    #[test]
    fn binaries_and_events_of_new_functions_are_made_and_binaries_of_none_removed() {
        let project = project();
        let at = |path: &str| project.path().join(path);
        fs::remove_file(at("functions/src/bin/tyk-get-key.rs")).unwrap();
        fs::remove_file(at("events/tyk-get-key.json")).unwrap();
        fs::write(at("functions/src/bin/tyk-old.rs"), "fn main() {}\n").unwrap();
        generate(project.path()).unwrap().write().unwrap();
        assert!(at("functions/src/bin/tyk-get-key.rs").exists() && at("events/tyk-get-key.json").exists());
        assert!(!at("functions/src/bin/tyk-old.rs").exists());
    }

    #[test]
    fn an_event_that_does_not_reach_its_function_is_a_problem() {
        let project = project();
        fs::copy(project.path().join("events/tyk-get-key.json"), project.path().join("events/tyk-get-org.json"))
            .unwrap();
        fs::write(project.path().join("events/tyk-old.json"), "{}").unwrap();
        let problems = generate(project.path()).unwrap().problems;
        assert_eq!(
            problems,
            [
                "events/tyk-old.json: there is no function tyk-old",
                "events/tyk-get-org.json: \"GET\" with the route \"GET /tyk/keys/{keyName}\" does not reach tyk-get-org",
            ]
        );
    }

    #[test]
    fn a_function_that_nobody_measured_is_a_problem() {
        let project = project();
        edit(&project, sources::CAPACITY, "\"function\": \"tyk-hello\"", "\"function\": \"tyk-hallo\"");
        let problems = generate(project.path()).unwrap().problems;
        assert!(problems[0].starts_with("tests/api/capacity.jsonl: add a line for tyk-hello"), "{problems:?}");
        assert_eq!(problems[1], "tests/api/capacity.jsonl: there is no function tyk-hallo");
    }
}
