//! What functions are measured on: fresh copies of their binaries, and a store.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::events::{MEASURED, UPSERT};
use super::store::Store;
use crate::Failure;

/// Binaries and store.
pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) store: Store,
}

impl Stage {
    /// Copies the functions' binaries, which lie beside `built`, and starts the store.
    pub(crate) async fn set_up(built: &Path) -> Result<Self, Failure> {
        let folder = tempfile::tempdir_in(built)?;
        for function in MEASURED.into_iter().chain([UPSERT]) {
            let deployed = built.join("../lambda").join(function).join("bootstrap");
            fs::copy(deployed, folder.path().join(function))?;
        }
        let store = Store::start(folder.path()).await?;
        Ok(Self { folder, store })
    }

    pub(crate) fn binary(&self, function: &str) -> PathBuf {
        self.folder.path().join(function)
    }

    /// A file for what is needed in between.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The size of a function's binary in MB.
    pub(crate) fn size_mb(&self, function: &str) -> Result<f64, Failure> {
        Ok(fs::metadata(self.binary(function))?.len() as f64 / 1e6)
    }
}
