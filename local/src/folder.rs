//! The data folder: the database's file, the lock that keeps out a second server, and the generated
//! secrets.

mod files;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_shared::hex;
use latchkey_shared::settings::{ADMIN_SECRET, ID_SECRET, PREFIX, SEAL_SECRETS};

/// The text of the file that marks a folder with a database, for people who come across it.
const MARK: &str = "This folder has a database. The server does not start with an empty one in its place.\n";

/// A folder that no other server can use until this is dropped.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens the folder, and creates it if need be.
    ///
    /// # Errors
    /// When another server uses it, or it cannot be created or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        files::private_folder(path).map_err(naming(path))?;
        let lock = files::private(&path.join("lock"), false).map_err(naming(path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("{}: in use by another latchkey", path.display()),
            )),
            Err(TryLockError::Error(error)) => Err(naming(path)(error)),
        }
    }

    /// The database's file, which only its owner can read; the same holds for those that SQLite
    /// puts beside it.
    ///
    /// # Errors
    /// When it cannot be created, or is missing or empty although this folder had one.
    pub fn database(&self) -> io::Result<PathBuf> {
        let file = self.database_file();
        let is_empty = fs::metadata(&file).map_or(true, |found| found.len() == 0);
        if is_empty && self.has_marked_database() {
            return Err(io::Error::other(format!(
                "{}: missing or empty, but this folder has had a database; put it back, or start over with another folder",
                file.display()
            )));
        }
        drop(files::private(&file, false).map_err(naming(&file))?);
        Ok(file)
    }

    /// The name of the database's file.
    #[must_use]
    pub fn database_file(&self) -> PathBuf {
        self.path.join("latchkey.db")
    }

    /// Whether this folder has had a database.
    #[must_use]
    pub fn has_marked_database(&self) -> bool {
        self.mark().symlink_metadata().is_ok()
    }

    /// Marks that the folder has a database, so that an empty one in its place is noticed.
    ///
    /// # Errors
    /// When the mark cannot be written.
    pub fn mark_database(&self) -> io::Result<()> {
        if self.has_marked_database() { Ok(()) } else { self.write_whole(&self.mark(), MARK) }
    }

    /// Where the secret of the setting `name` is kept.
    #[must_use]
    pub fn secret_file(&self, name: &str) -> PathBuf {
        secret_file(&self.path, name)
    }

    /// The secret of the setting `name`, if there is one.
    ///
    /// # Errors
    /// When its file cannot be read, is a link, or can be read by others than its owner.
    pub fn secret(&self, name: &str) -> io::Result<Option<String>> {
        kept_secret(&self.path, name)
    }

    /// Stores the secret of the setting `name`, readable for its owner alone. A crash leaves all of
    /// it or nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_secret(&self, name: &str, secret: &str) -> io::Result<()> {
        self.write_whole(&self.secret_file(name), &format!("{secret}\n"))
    }

    fn mark(&self) -> PathBuf {
        self.path.join("database-made")
    }

    /// Writes a temporary file, and renames it once it is on the disk.
    fn write_whole(&self, file: &Path, text: &str) -> io::Result<()> {
        let aside = file.with_extension("new");
        let write = || {
            // A file that a crash left behind, or that somebody else put there, is not written to.
            match fs::remove_file(&aside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut written = files::private(&aside, true)?;
            written.write_all(text.as_bytes())?;
            written.sync_all()?;
            fs::rename(&aside, file)?;
            files::sync_folder(&self.path)
        };
        write().map_err(naming(file))
    }
}

/// The secret of the setting `name` that is kept in the folder at `path`, which a server may be
/// using, if there is one.
///
/// # Errors
/// When its file cannot be read, is a link, or can be read by others than its owner.
pub fn kept_secret(path: &Path, name: &str) -> io::Result<Option<String>> {
    let file = secret_file(path, name);
    match files::read_private(&file) {
        Ok(secret) => Ok(Some(secret.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(naming(&file)(error)),
    }
}

fn secret_file(path: &Path, name: &str) -> PathBuf {
    path.join(name.trim_start_matches(PREFIX).to_lowercase().replace('_', "-"))
}

/// Prefixes an error with the file's name.
fn naming(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The settings of the secrets that the folder stores.
pub const SECRETS: [&str; 3] = [ADMIN_SECRET.name, ID_SECRET.name, SEAL_SECRETS.name];

/// A new secret for the setting `name`.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn make_secret(name: &str) -> io::Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(match name {
        name if name == ADMIN_SECRET.name => hex(&bytes),
        name if name == SEAL_SECRETS.name => format!("v1:{}", STANDARD.encode(bytes)),
        _ => STANDARD.encode(bytes),
    })
}
