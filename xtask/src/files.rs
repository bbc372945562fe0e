//! The project's files as they are, and as they should be.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::{Error, region};

/// Collects changes in memory; [`Files::write`] alone touches the disk.
pub(crate) struct Files {
    root: PathBuf,
    files: BTreeMap<String, File>,
}

/// `None` where the file does not exist.
struct File {
    before: Option<String>,
    after: Option<String>,
}

impl Files {
    pub(crate) fn of(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new() }
    }

    /// The names of the files in a folder that end in `extension`, without it, in order.
    pub(crate) fn names(&self, folder: &str, extension: &str) -> Result<Vec<String>, Error> {
        let entries = fs::read_dir(self.root.join(folder)).map_err(|source| file_error(folder, source))?;
        let names: Result<Vec<_>, _> =
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
        let mut names = names.map_err(|source| file_error(folder, source))?;
        names.sort();
        Ok(names.iter().filter_map(|name| name.strip_suffix(extension)).map(str::to_owned).collect())
    }

    /// The text of a file, or `None` where there is none.
    pub(crate) fn read(&self, path: &str) -> Result<Option<String>, Error> {
        match fs::read_to_string(self.root.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(file_error(path, source)),
        }
    }

    /// Replaces the whole file; `None` removes it.
    pub(crate) fn set(&mut self, path: String, after: Option<String>) -> Result<(), Error> {
        let before = self.read(&path)?;
        self.files.insert(path, File { before, after });
        Ok(())
    }

    /// Replaces the generated region `name` of a file. The rest of the file belongs to people.
    pub(crate) fn set_region(&mut self, path: &str, name: &str, text: &str) -> Result<(), Error> {
        let current = match self.files.get(path) {
            Some(file) => file.after.clone(),
            None => self.read(path)?,
        };
        let Some(current) = current else { return Err(file_error(path, ErrorKind::NotFound.into())) };
        let after = region::replace(path, &current, name, text)?;
        match self.files.get_mut(path) {
            Some(file) => file.after = Some(after),
            None => self.set(path.to_owned(), Some(after))?,
        }
        Ok(())
    }

    fn changed(&self) -> impl Iterator<Item = (&String, &File)> {
        self.files.iter().filter(|(_, file)| file.before != file.after)
    }

    /// Writes every file that differs, and returns their paths.
    pub(crate) fn write(&self) -> Result<Vec<&str>, Error> {
        for (path, file) in self.changed() {
            let place = self.root.join(path);
            let written = match &file.after {
                Some(text) => fs::write(place, text),
                None => fs::remove_file(place),
            };
            written.map_err(|source| file_error(path, source))?;
        }
        Ok(self.changed().map(|(path, _)| path.as_str()).collect())
    }

    /// Every difference as a unified diff; empty when there is none.
    pub(crate) fn diff(&self) -> String {
        let diffs = self.changed().map(|(path, file)| {
            let [before, after] = [&file.before, &file.after].map(|text| text.as_deref().unwrap_or_default());
            TextDiff::from_lines(before, after).unified_diff().context_radius(1).header(path, path).to_string()
        });
        diffs.collect()
    }
}

fn file_error(path: &str, source: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), source }
}
