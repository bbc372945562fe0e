//! Whether secrets, folder and store belong together: what does not stops the start before anything is changed.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use dynoxide::Database;
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{ID_SECRET, InvalidSetting, SEAL_SECRETS};
use latchkey_shared::store::{Exchanged, Fingerprints, Store, StoreError, Table};
use rusqlite::{Connection, OpenFlags};

use crate::folder::{Folder, SECRETS, make_secret};

/// The secrets of the data folder's settings, each given by the environment, kept in the folder, or made just now.
pub struct OwnSecrets(Vec<(&'static str, String, Origin)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Given,
    Kept,
    Made,
}

/// Why secrets and store are not used together.
#[derive(Debug)]
pub enum Mismatch {
    /// A secret is wrong in itself.
    Setting(InvalidSetting),
    /// A secret's file is gone, and the store has keys that were made with it.
    Missing(&'static str, PathBuf),
    /// A secret is another one than the store's keys were made with.
    Exchanged(&'static str, Exchanged),
    /// The file is no database of Latchkey's.
    Foreign(PathBuf),
    /// The database is empty, but the folder's had keys.
    Emptied(PathBuf),
    /// The store failed.
    Store(StoreError),
    /// The folder could not be written.
    Folder(io::Error),
}

impl OwnSecrets {
    /// Reads the secrets: what the environment gives through `env` first, then what `folder` keeps. What neither has is
    /// made, and only kept once [`OwnSecrets::belong_to`] finds nothing wrong.
    ///
    /// # Errors
    /// When the folder cannot be read, or the machine has no randomness to give.
    pub fn read(folder: &Folder, env: impl Fn(&str) -> Option<String>) -> io::Result<Self> {
        let read = SECRETS.map(|name| {
            Ok(match env(name) {
                Some(given) => (name, given, Origin::Given),
                None => match folder.secret(name)? {
                    Some(kept) => (name, kept, Origin::Kept),
                    None => (name, make_secret(name)?, Origin::Made),
                },
            })
        });
        Ok(Self(read.into_iter().collect::<io::Result<_>>()?))
    }

    /// The secret of the setting `name`, if it is one of these.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, ..)| *known == name).map(|(_, secret, _)| secret.clone())
    }

    /// Makes sure that `store` has no keys that were made with other secrets. Then keeps in `folder` those that were
    /// made just now, and in the store their fingerprints.
    ///
    /// # Errors
    /// Why they do not belong together.
    pub async fn belong_to(&self, store: &Store, folder: &Folder) -> Result<(), Mismatch> {
        let secrets = self.secrets()?;
        let present = Fingerprints::of(&secrets);
        let kept = store.fingerprints().await.map_err(Mismatch::Store)?;
        let wrong = match &kept {
            Some(kept) => kept.exchanged(&present).map(|exchanged| self.mismatch(exchanged, folder)),
            None => {
                let made = [ID_SECRET.name, SEAL_SECRETS.name].into_iter().find(|name| self.made(name));
                made.map(|name| Mismatch::Missing(name, folder.secret_file(name)))
            }
        };
        let kept = match wrong {
            None => kept.unwrap_or_default(),
            // As long as there are no keys, no secret is needed for any.
            Some(_) if !store.has_keys().await.map_err(Mismatch::Store)? => Fingerprints::default(),
            Some(wrong) => return Err(wrong),
        };
        for (name, secret, _) in self.0.iter().filter(|(.., origin)| *origin == Origin::Made) {
            folder.keep_secret(name, secret).map_err(Mismatch::Folder)?;
        }
        let current = secrets.seal.as_ref().map(|sealer| sealer.current()).unwrap_or_default();
        let now = kept.clone().sealing(current, &present);
        if now == kept { Ok(()) } else { keep(store, &now).await }
    }

    /// Notes that the newest seal secret alone has sealed what is in `store`: the older ones may go.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resealed(&self, store: &Store) -> Result<(), Mismatch> {
        let secrets = self.secrets()?;
        let (Some(kept), Some(sealer)) = (store.fingerprints().await.map_err(Mismatch::Store)?, &secrets.seal) else {
            return Ok(());
        };
        let now = kept.sealed_by(sealer.current(), &Fingerprints::of(&secrets));
        // What was made just now is kept nowhere, and has sealed nothing.
        if self.made(SEAL_SECRETS.name) { Ok(()) } else { keep(store, &now).await }
    }

    fn secrets(&self) -> Result<Secrets, Mismatch> {
        Secrets::read(&[Secret::Id, Secret::Seal], |name| self.get(name)).map_err(Mismatch::Setting)
    }

    /// Whether the secret of the setting `name` was made just now.
    fn made(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _, origin)| *known == name && *origin == Origin::Made)
    }

    fn mismatch(&self, exchanged: Exchanged, folder: &Folder) -> Mismatch {
        let name = if exchanged == Exchanged::Id { ID_SECRET.name } else { SEAL_SECRETS.name };
        if self.made(name) {
            return Mismatch::Missing(name, folder.secret_file(name));
        }
        Mismatch::Exchanged(name, exchanged)
    }
}

async fn keep(store: &Store, fingerprints: &Fingerprints) -> Result<(), Mismatch> {
    store.keep_fingerprints(fingerprints).await.map_err(Mismatch::Store)
}

/// Makes sure that `file` is empty or a database that this server made, before anything is written to it.
///
/// # Errors
/// When it is something else.
pub fn is_own_database(file: &Path) -> Result<(), Mismatch> {
    if file.metadata().is_ok_and(|found| found.len() == 0) {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let tables = Connection::open_with_flags(file, flags).and_then(|database| {
        let count = "SELECT count(*), count(*) FILTER (WHERE name = '_tables') FROM sqlite_schema WHERE type = 'table'";
        database.query_row(count, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
    });
    match tables {
        Ok((0, _) | (_, 1)) => Ok(()),
        _ => Err(Mismatch::Foreign(file.to_owned())),
    }
}

/// Makes sure that `database`, which was opened from the file of `folder`, is the one that the folder had.
///
/// # Errors
/// When the folder's had tables and this one has none.
pub fn is_same_database(database: &Database, folder: &Folder, prefix: &str) -> Result<(), Mismatch> {
    let table = Table::Organizations.full_name(prefix);
    let has_tables = database.get_table_metadata(&table).is_ok_and(|found| found.is_some());
    if has_tables || !folder.has_marked_database() { Ok(()) } else { Err(Mismatch::Emptied(folder.database_file())) }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(invalid) => invalid.fmt(f),
            Self::Missing(name, file) => write!(
                f,
                "{}: missing, but the store has keys that were made with it; put it back, or set {name}",
                file.display()
            ),
            Self::Exchanged(name, Exchanged::Id) => {
                write!(f, "{name} is not the secret that the store's keys were made with; none of them would be found")
            }
            Self::Exchanged(name, Exchanged::Seal(version)) => {
                write!(f, "{name} has another secret as {version} than the one that sealed what is in the store")
            }
            Self::Exchanged(name, Exchanged::NoSeal(version)) => {
                write!(f, "{name} lacks {version}, which sealed what is in the store; add it, then run latchkey reseal")
            }
            Self::Foreign(file) => write!(f, "{}: not a database of Latchkey's", file.display()),
            Self::Emptied(file) => write!(
                f,
                "{}: holds no store under this LATCHKEY_TABLE_PREFIX, but it was made with one; put the file back, or \
                 begin anew with another folder",
                file.display()
            ),
            Self::Store(error) => error.fmt(f),
            Self::Folder(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Mismatch {}
