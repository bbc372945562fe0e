//! Engines that answer DynamoDB's operations, in JSON as the SDK sends them.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError, actions, ttl};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::commit_log::CommitLog;
use crate::whole_items::WholeItems;

/// The most rows of one page. A longer list takes several calls, so that others get their turn in
/// between.
const MAX_ROWS: usize = 500;

/// What answers DynamoDB's operations.
pub trait Engine: Send + Sync + 'static {
    /// Answers one operation. Nobody may see the answer before [`Engine::sync`] has returned.
    ///
    /// # Errors
    /// What DynamoDB refuses, and failures of the disk.
    fn call(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError>;

    /// Removes expired items, as DynamoDB does by itself; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    fn sweep(&self) -> Result<usize, DynoxideError>;

    /// Makes sure that all calls so far survive a power failure.
    ///
    /// # Errors
    /// When the disk fails. It is unknown then what it kept, so every later call fails, too.
    fn sync(&self) -> io::Result<()>;
}

/// A database for many clients: one that loses an answer can send its transaction again, under the
/// same token.
impl Engine for Database {
    fn call(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        match operation {
            "GetItem" => answer(self.get_item(read(body)?)),
            "PutItem" => answer(self.put_item(read(body)?)),
            "UpdateItem" => answer(self.update_item(read(body)?)),
            "DeleteItem" => answer(self.delete_item(read(body)?)),
            "BatchGetItem" => answer(self.batch_get_item(read(body)?)),
            "Query" => answer(self.query(read(body)?)),
            "Scan" => answer(self.scan(read(body)?)),
            "TransactWriteItems" => answer(self.transact_write_items(read(body)?)),
            "CreateTable" => answer(self.create_table(read(body)?)),
            "DescribeTable" => answer(self.describe_table(read(body)?)),
            "UpdateTimeToLive" => answer(self.update_time_to_live(read(body)?)),
            other => Err(not_embedded(other)),
        }
    }

    fn sweep(&self) -> Result<usize, DynoxideError> {
        self.sweep_ttl()
    }

    /// Each of its writes waits for the disk by itself.
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A database for the clients of this process alone, where no answer gets lost: tokens are ignored.
/// Several writes share one wait for the disk.
pub struct OwnDatabase(Mutex<Opened>);

struct Opened {
    storage: Storage,
    items: WholeItems,
    /// `None` in memory.
    log: Option<CommitLog>,
}

impl OwnDatabase {
    /// A new one in memory.
    ///
    /// # Errors
    /// When SQLite fails.
    pub fn memory() -> Result<Self, DynoxideError> {
        Ok(Self::of(Storage::memory()?, None))
    }

    /// The one in `file`, which is made if need be.
    ///
    /// # Errors
    /// When SQLite fails, or the file is not a database.
    pub fn open(file: &Path) -> Result<Self, DynoxideError> {
        let storage = Storage::new(&file.to_string_lossy())?;
        let log = CommitLog::of(storage.conn(), file).map_err(|error| failed(&error))?;
        Ok(Self::of(storage, log))
    }

    fn of(storage: Storage, log: Option<CommitLog>) -> Self {
        Self(Mutex::new(Opened { storage, items: WholeItems::default(), log }))
    }

    /// Whether it has a table of this name.
    #[must_use]
    pub fn has_table(&self, name: &str) -> bool {
        self.opened().storage.get_table_metadata(name).is_ok_and(|found| found.is_some())
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        let opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A call that panicked has left its transaction open. Dropped, it is as if it had not begun.
        if !opened.storage.conn().is_autocommit() {
            let _closed = opened.storage.rollback();
        }
        opened
    }
}

impl Engine for OwnDatabase {
    fn call(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        let mut opened = self.opened();
        if opened.log.as_ref().is_some_and(CommitLog::has_failed) {
            return Err(DynoxideError::InternalServerError("the disk has failed".into()));
        }
        opened.call(operation, body)
    }

    fn sweep(&self) -> Result<usize, DynoxideError> {
        ready(ttl::sweep_expired_items(&self.opened().storage))
    }

    fn sync(&self) -> io::Result<()> {
        let mut opened = self.opened();
        let Opened { storage, log, .. } = &mut *opened;
        log.as_mut().map_or(Ok(()), |log| log.sync(storage.conn()))
    }
}

impl Opened {
    fn call(&mut self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        let db = &self.storage;
        if let Some(answer) = self.items.read(db, operation, body) {
            return Ok(answer);
        }
        match operation {
            "GetItem" => answer(ready(actions::get_item::execute(db, read(body)?))),
            "PutItem" => answer(ready(actions::put_item::execute(db, read(body)?))),
            "UpdateItem" => answer(ready(actions::update_item::execute(db, read(body)?))),
            "DeleteItem" => answer(ready(actions::delete_item::execute(db, read(body)?))),
            "BatchGetItem" => answer(ready(actions::batch_get_item::execute(db, read(body)?))),
            "BatchWriteItem" => answer(ready(actions::batch_write_item::execute(db, read(body)?))),
            "Query" => {
                let mut request: actions::query::QueryRequest = read(body)?;
                request.limit = at_most_a_page(request.limit);
                answer(ready(actions::query::execute(db, request)))
            }
            "Scan" => {
                let mut request: actions::scan::ScanRequest = read(body)?;
                request.limit = at_most_a_page(request.limit);
                answer(ready(actions::scan::execute(db, request)))
            }
            "TransactWriteItems" => answer(ready(actions::transact_write_items::execute(db, read(body)?))),
            "CreateTable" => answer(ready(actions::create_table::execute(db, read(body)?))),
            "DescribeTable" => {
                let indexes = actions::vector_lifecycle::VectorIndexLifecycle::new();
                answer(ready(actions::describe_table::execute(db, read(body)?, &indexes)))
            }
            "UpdateTimeToLive" => answer(ready(actions::update_time_to_live::execute(db, read(body)?))),
            other => Err(not_embedded(other)),
        }
    }
}

fn at_most_a_page(limit: Option<usize>) -> Option<usize> {
    Some(limit.map_or(MAX_ROWS, |limit| limit.min(MAX_ROWS)))
}

fn read<Request: DeserializeOwned>(body: &[u8]) -> Result<Request, DynoxideError> {
    serde_json::from_slice(body).map_err(unreadable)
}

fn answer<Answer: Serialize>(answer: Result<Answer, DynoxideError>) -> Result<String, DynoxideError> {
    serde_json::to_string(&answer?).map_err(unreadable)
}

/// The result of an action on SQLite, none of which ever waits for anything.
fn ready<T>(action: impl Future<Output = Result<T, DynoxideError>>) -> Result<T, DynoxideError> {
    match pin!(action).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(DynoxideError::InternalServerError("the engine waits".into())),
    }
}

fn not_embedded(operation: &str) -> DynoxideError {
    DynoxideError::ValidationException(format!("{operation} is not embedded"))
}

fn unreadable(error: serde_json::Error) -> DynoxideError {
    DynoxideError::SerializationException(error.to_string())
}

fn failed(error: &io::Error) -> DynoxideError {
    DynoxideError::InternalServerError(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TABLE: &str = r#"{"TableName":"Numbers","BillingMode":"PAY_PER_REQUEST",
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
        "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}"#;

    fn put(database: &OwnDatabase, n: usize) {
        let request = json!({"TableName": "Numbers", "Item": {"id": {"S": n.to_string()}}});
        database.call("PutItem", request.to_string().as_bytes()).unwrap();
    }

    fn scan(database: &OwnDatabase, request: &str) -> usize {
        let answer: Value = serde_json::from_str(&database.call("Scan", request.as_bytes()).unwrap()).unwrap();
        answer["Items"].as_array().unwrap().len()
    }

    #[test]
    fn a_long_read_comes_in_pages() {
        let database = OwnDatabase::memory().unwrap();
        database.call("CreateTable", TABLE.as_bytes()).unwrap();
        for n in 0..=MAX_ROWS {
            put(&database, n);
        }
        for (limit, rows) in [("", MAX_ROWS), (r#","Limit":100000"#, MAX_ROWS), (r#","Limit":3"#, 3)] {
            assert_eq!(scan(&database, &format!(r#"{{"TableName":"Numbers"{limit}}}"#)), rows, "{limit}");
        }
    }

    #[test]
    fn a_transaction_that_a_panic_left_open_never_happened() {
        let database = OwnDatabase::memory().unwrap();
        database.call("CreateTable", TABLE.as_bytes()).unwrap();
        std::thread::scope(|threads| {
            let panicked = threads.spawn(|| {
                let opened = database.opened();
                opened.storage.begin_transaction().unwrap();
                opened.storage.put_item("Numbers", "S:1", "", "{}", 2).unwrap();
                panic!("as it should");
            });
            panicked.join().unwrap_err();
        });
        assert_eq!(scan(&database, r#"{"TableName":"Numbers"}"#), 0);
        put(&database, 2);
        assert_eq!(scan(&database, r#"{"TableName":"Numbers"}"#), 1);
    }

    #[test]
    fn a_database_in_a_file_is_there_when_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("database");
        let database = OwnDatabase::open(&file).unwrap();
        database.call("CreateTable", TABLE.as_bytes()).unwrap();
        put(&database, 1);
        database.sync().unwrap();
        drop(database);
        let database = OwnDatabase::open(&file).unwrap();
        assert!(database.has_table("Numbers") && !database.has_table("Letters"));
        assert_eq!(scan(&database, r#"{"TableName":"Numbers"}"#), 1);
    }
}
