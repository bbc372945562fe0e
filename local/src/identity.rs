//! Whether secrets, folder and store belong together. If they do not, the start stops before
//! anything is changed.

use std::io;
use std::path::{Path, PathBuf};

use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{ID_SECRET, InvalidSetting, SEAL_SECRETS};
use latchkey_shared::store::{Exchanged, Fingerprints, Store, StoreError};
use rusqlite::{Connection, OpenFlags};

use crate::folder::{Folder, SECRETS, make_secret};

/// The server's own secrets: each is set in the environment, kept in the data folder, or made just
/// now.
pub struct OwnSecrets(Vec<(&'static str, String, Origin)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Given,
    Kept,
    Made,
}

/// Why secrets and store are not used together.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// A secret is malformed.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A secret's file is gone, and the store has keys that were made with it.
    #[error("{}: missing, but the store has keys that were made with it; put it back, or set {name}", file.display())]
    Missing {
        /// The setting.
        name: &'static str,
        /// Where the secret was.
        file: PathBuf,
    },
    /// The id secret is not the one that the store's keys were made with.
    #[error("{} is not the secret that the store's keys were made with; none of them would be found", ID_SECRET.name)]
    ExchangedId,
    /// A version of the seal secrets is not the one that sealed what is in the store.
    #[error("{name} has a different secret for {0} than the one that sealed the stored values", name = SEAL_SECRETS.name)]
    ExchangedSeal(String),
    /// A version of the seal secrets is gone, and has sealed what is in the store.
    #[error("{name} lacks {0}, which sealed stored values; add it, then run latchkey reseal", name = SEAL_SECRETS.name)]
    MissingSeal(String),
    /// The file is not a database that Latchkey made.
    #[error("{}: not a database of Latchkey's", .0.display())]
    Foreign(PathBuf),
    /// The database is empty, but the folder's had keys.
    #[error(
        "{}: has no tables with this prefix, but it had some; put the file back, or start over with another folder",
        .0.display()
    )]
    Emptied(PathBuf),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder could not be written.
    #[error(transparent)]
    Folder(#[from] io::Error),
}

impl OwnSecrets {
    /// Reads the secrets: through `env` first, then from `folder`. One that neither has is made,
    /// and stored only once [`OwnSecrets::belong_to`] finds nothing wrong.
    ///
    /// # Errors
    /// When the folder cannot be read, or the machine has no randomness to give.
    pub fn read(folder: &Folder, env: impl Fn(&str) -> Option<String>) -> io::Result<Self> {
        let read = SECRETS.map(|name| {
            Ok(match env(name).filter(|given| !given.is_empty()) {
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

    /// Makes sure that `store` has no keys that were made with other secrets. Then stores the
    /// secrets made just now in `folder`, and their fingerprints in the store.
    ///
    /// # Errors
    /// When they do not belong together, or cannot be read or kept.
    pub async fn belong_to(&self, store: &Store, folder: &Folder) -> Result<(), Mismatch> {
        let secrets = self.secrets()?;
        let present = Fingerprints::of(&secrets);
        let kept = store.fingerprints().await?;
        let wrong = self.wrong(kept.as_ref(), &present, folder);
        let kept = match wrong {
            None => kept.unwrap_or_default(),
            // A store without keys needs no particular secret.
            Some(_) if !store.has_keys().await? => Fingerprints::default(),
            Some(wrong) => return Err(wrong),
        };
        for (name, secret, _) in self.0.iter().filter(|(.., origin)| *origin == Origin::Made) {
            folder.keep_secret(name, secret)?;
        }
        let current = secrets.seal.as_ref().map(|sealer| sealer.current()).unwrap_or_default();
        let now = kept.clone().sealing(current, &present);
        if now == kept { Ok(()) } else { keep(store, &now).await }
    }

    /// Records that only the newest seal secret has sealed what is in `store`, so that the older
    /// ones can be removed.
    ///
    /// # Errors
    /// When the store fails or a secret is wrong.
    pub async fn resealed(&self, store: &Store) -> Result<(), Mismatch> {
        let secrets = self.secrets()?;
        let (Some(kept), Some(sealer)) = (store.fingerprints().await?, &secrets.seal) else {
            return Ok(());
        };
        let now = kept.sealed_by(sealer.current(), &Fingerprints::of(&secrets));
        // A secret made just now is not kept yet, and has sealed nothing.
        if self.made(SEAL_SECRETS.name) { Ok(()) } else { keep(store, &now).await }
    }

    /// Makes sure that the keys in `backup` were made with these secrets, and stores nothing. Whether
    /// the backup says so: one without fingerprints cannot be checked.
    ///
    /// # Errors
    /// When it has keys that were made with other secrets.
    pub async fn fit(&self, backup: &Store, folder: &Folder) -> Result<bool, Mismatch> {
        let kept = backup.fingerprints().await?;
        match self.wrong(kept.as_ref(), &Fingerprints::of(&self.secrets()?), folder) {
            Some(wrong) if backup.has_keys().await? => Err(wrong),
            _ => Ok(kept.is_some()),
        }
    }

    /// What is wrong with these secrets beside a store that keeps these fingerprints, if it has keys.
    fn wrong(&self, kept: Option<&Fingerprints>, present: &Fingerprints, folder: &Folder) -> Option<Mismatch> {
        match kept {
            Some(kept) => kept.exchanged(present).map(|exchanged| self.mismatch(exchanged, folder)),
            None => {
                let made = [ID_SECRET.name, SEAL_SECRETS.name].into_iter().find(|name| self.made(name));
                made.map(|name| Mismatch::Missing { name, file: folder.secret_file(name) })
            }
        }
    }

    fn secrets(&self) -> Result<Secrets, Mismatch> {
        Ok(Secrets::read(&[Secret::Id, Secret::Seal], |name| self.get(name))?)
    }

    /// Whether the secret of the setting `name` was made just now.
    fn made(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _, origin)| *known == name && *origin == Origin::Made)
    }

    fn mismatch(&self, exchanged: Exchanged, folder: &Folder) -> Mismatch {
        let name = if exchanged == Exchanged::Id { ID_SECRET.name } else { SEAL_SECRETS.name };
        match exchanged {
            _ if self.made(name) => Mismatch::Missing { name, file: folder.secret_file(name) },
            Exchanged::Id => Mismatch::ExchangedId,
            Exchanged::Seal(version) => Mismatch::ExchangedSeal(version),
            Exchanged::NoSeal(version) => Mismatch::MissingSeal(version),
        }
    }
}

async fn keep(store: &Store, fingerprints: &Fingerprints) -> Result<(), Mismatch> {
    Ok(store.keep_fingerprints(fingerprints).await?)
}

/// Makes sure that `file` is empty or a database that this server made, before anything is written
/// to it.
///
/// # Errors
/// When it is anything else.
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

/// Makes sure that a database opened from the file of `folder`, which has Latchkey's tables or not,
/// is the one that the folder had.
///
/// # Errors
/// When the folder's had tables and this one does not.
pub fn is_same_database(has_tables: bool, folder: &Folder) -> Result<(), Mismatch> {
    if has_tables || !folder.has_marked_database() { Ok(()) } else { Err(Mismatch::Emptied(folder.database_file())) }
}
