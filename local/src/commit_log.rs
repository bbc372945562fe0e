//! The wait for the disk, which several writes share.
//!
//! SQLite appends each commit to a log beside the database and would wait for the disk after every
//! one. Here it does not wait (`synchronous = NORMAL`), and the log is synced before anybody sees an
//! answer. SQLite still syncs the log before it copies pages from there into the database, and the
//! database before it begins the log anew, so what a sync of the log does not cover is already on
//! the disk.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The log of a database in a file.
pub(crate) struct CommitLog {
    file: File,
    /// SQLite's count of changed rows at the last sync.
    synced: u64,
    has_failed: bool,
}

impl CommitLog {
    /// Takes over the waiting from SQLite; `None` where SQLite keeps no such log, and goes on waiting
    /// by itself.
    pub(crate) fn of(database: &Connection, file: &Path) -> io::Result<Option<Self>> {
        let mode: String = database.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(io::Error::other)?;
        if mode != "wal" {
            return Ok(None);
        }
        let log = OpenOptions::new().read(true).write(true).open(log_of(file))?;
        database.pragma_update(None, "synchronous", "NORMAL").map_err(io::Error::other)?;
        // What was committed so far, while the file was opened, counts as not yet synced.
        Ok(Some(Self { file: log, synced: 0, has_failed: false }))
    }

    /// Waits until all that was committed on `database` is on the disk, if that is not known yet.
    pub(crate) fn sync(&mut self, database: &Connection) -> io::Result<()> {
        let changed = database.total_changes();
        if self.has_failed {
            return Err(io::Error::other("an earlier sync failed"));
        }
        if changed != self.synced {
            // The system may drop what it could not write, and the next attempt would succeed without
            // it, so there is none.
            self.has_failed = true;
            self.file.sync_data()?;
            (self.synced, self.has_failed) = (changed, false);
        }
        Ok(())
    }

    /// Whether a sync has failed, after which nothing can be promised.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }
}

/// Where SQLite keeps the log of the database in `file`.
fn log_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(folder: &Path) -> (Connection, PathBuf) {
        let file = folder.join("database");
        let database = Connection::open(&file).unwrap();
        database.pragma_update(None, "journal_mode", "WAL").unwrap();
        database.execute_batch("CREATE TABLE numbers (n)").unwrap();
        (database, file)
    }

    fn synchronous(database: &Connection) -> i64 {
        database.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn each_change_is_synced_once_and_sqlite_does_not_wait_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let (database, file) = database(folder.path());
        let mut log = CommitLog::of(&database, &file).unwrap().unwrap();
        assert_eq!(synchronous(&database), 1);
        for n in 1..3 {
            database.execute("INSERT INTO numbers VALUES (?1)", [n]).unwrap();
            assert_ne!(log.synced, database.total_changes());
            log.sync(&database).unwrap();
            assert_eq!(log.synced, database.total_changes());
        }
    }

    #[test]
    fn without_a_log_sqlite_goes_on_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (database, file) = database(folder.path());
        database.pragma_update(None, "journal_mode", "DELETE").unwrap();
        assert!(CommitLog::of(&database, &file).unwrap().is_none());
        assert_eq!(synchronous(&database), 2);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn after_a_failed_sync_no_other_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let (database, file) = database(folder.path());
        let mut log = CommitLog::of(&database, &file).unwrap().unwrap();
        database.execute("INSERT INTO numbers VALUES (1)", []).unwrap();
        // A device that cannot be synced.
        let healthy = std::mem::replace(&mut log.file, File::open("/dev/null").unwrap());
        log.sync(&database).unwrap_err();
        log.file = healthy;
        log.sync(&database).unwrap_err();
        assert!(log.has_failed());
    }
}
