//! The data folder: the database's file, the lock that keeps a second server out, and the secrets that were made.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_shared::config::{ADMIN_SECRET, ID_SECRET, SEAL_SECRETS};

/// A folder that no other server uses until this is dropped.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens the folder, and makes it where there is none.
    ///
    /// # Errors
    /// When another server uses it, or it cannot be made or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        private_folder(path).map_err(told)?;
        let lock = OpenOptions::new().create(true).append(true).open(path.join("lock")).map_err(told)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("{}: in use by another latchkey", path.display()),
            )),
            Err(TryLockError::Error(error)) => Err(told(error)),
        }
    }

    /// Where the database is kept: a file that only its owner can read, and so are those that SQLite puts beside it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self) -> io::Result<PathBuf> {
        let file = self.database_file();
        private(&file, false)?;
        Ok(file)
    }

    /// The name of the database's file.
    #[must_use]
    pub fn database_file(&self) -> PathBuf {
        self.path.join("latchkey.db")
    }

    /// Where the secret of the setting `name` is kept.
    #[must_use]
    pub fn secret_file(&self, name: &str) -> PathBuf {
        self.path.join(name.trim_start_matches("LATCHKEY_").to_lowercase().replace('_', "-"))
    }

    /// The secret of the setting `name`, made at first and kept readable for its owner alone.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the machine has no randomness to give.
    pub fn secret(&self, name: &str) -> io::Result<String> {
        let file = self.secret_file(name);
        match fs::read_to_string(&file) {
            Ok(secret) => return Ok(secret.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let secret = make(name)?;
        // Written aside and renamed, so that a crash leaves a whole secret or none.
        let aside = file.with_extension("new");
        private(&aside, true)?.write_all(format!("{secret}\n").as_bytes())?;
        fs::rename(aside, file)?;
        Ok(secret)
    }
}

/// The settings whose secrets the folder keeps.
pub const SECRETS: [&str; 3] = [ADMIN_SECRET, ID_SECRET, SEAL_SECRETS];

fn make(name: &str) -> io::Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(match name {
        ADMIN_SECRET => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        SEAL_SECRETS => format!("v1:{}", STANDARD.encode(bytes)),
        _ => STANDARD.encode(bytes),
    })
}

/// Makes the folder for its owner alone; one that is there stays as it is.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

/// Opens a file for writing, and makes it for its owner alone where there is none.
fn private(path: &Path, truncate: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(truncate);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
