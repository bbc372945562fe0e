//! Tools of the machine that the benchmark uses where they are installed.

use std::path::PathBuf;

/// Where the command of this name is, if it is on the path.
pub(crate) fn find(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(command)).find(|file| file.is_file())
}
