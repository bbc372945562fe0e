//! The folder, the secrets and the store that the server and the commands work on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use latchkey::embedded::{self, Embedded};
use latchkey::engine::OwnDatabase;
use latchkey::environment::Environment;
use latchkey::folder::Folder;
use latchkey::identity::{self, OwnSecrets};
use latchkey_shared::aws::{self, Aws};
use latchkey_shared::settings::Settings;
use latchkey_shared::store::{Store, Table, TableNames, tables};
use tempfile::TempDir;

use crate::Error;
use crate::options::Place;

/// What the server and the commands work on.
pub(crate) struct Opened {
    environment: Environment,
    pub(crate) folder: Folder,
    pub(crate) secrets: OwnSecrets,
    pub(crate) client: Client,
    pub(crate) store: Store,
    /// Deletes the folder of a store in memory when dropped.
    _temporary: Option<TempDir>,
}

impl Opened {
    /// Opens what the service works on.
    pub(crate) async fn open(place: &Place) -> Result<Self, Error> {
        Self::open_with(place, TableNames::of).await
    }

    /// Opens it, where a database that the folder has had before has the tables that `had` names.
    pub(crate) async fn open_with(place: &Place, had: impl FnOnce(&Settings) -> TableNames) -> Result<Self, Error> {
        let environment = Environment::read().await?;
        let (folder, temporary) = open_folder(place, "data")?;
        let secrets = OwnSecrets::read(&folder, |name| environment.get(name))?;
        let settings = Settings::read(|name| environment.get(name))?;
        let names = TableNames::of(&settings);
        let client = match aws::sets_dynamodb_endpoint() {
            true => reach_dynamodb(&settings).await?,
            false => embedded(own_database(&folder, &had(&settings), place.memory)?),
        };
        tables::create(&client, &names).await?;
        let store = Store::new(client.clone(), &settings);
        Ok(Self { environment, folder, secrets, client, store, _temporary: temporary })
    }

    /// The value of a setting: a secret of the folder, or what the environment has.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.secrets.get(name).or_else(|| self.environment.get(name))
    }
}

/// A client of the DynamoDB that the environment names.
async fn reach_dynamodb(settings: &Settings) -> Result<Client, Error> {
    let aws = Aws::load(settings, aws::environment()).await?;
    aws.check_credentials().await?;
    Ok(Store::connect(&aws, settings).client().clone())
}

/// The folder of `--data`, or a temporary one with `--memory`: the user must be able to read the
/// secrets made in it.
pub(crate) fn open_folder(place: &Place, default: &str) -> Result<(Folder, Option<TempDir>), Error> {
    let temporary = place.memory.then(tempfile::tempdir).transpose()?;
    let data = place.data.as_deref().unwrap_or(Path::new(default));
    Ok((Folder::open(temporary.as_ref().map_or(data, TempDir::path))?, temporary))
}

/// The server's database in the folder, or a new one in memory.
fn own_database(folder: &Folder, names: &TableNames, memory: bool) -> Result<OwnDatabase, Error> {
    if memory {
        return Ok(OwnDatabase::memory()?);
    }
    let database = OwnDatabase::open(&database_file(folder)?)?;
    identity::is_same_database(database.has_table(names.name(A_TABLE)), folder)?;
    Ok(database)
}

/// A database for the functions of several processes, in the folder or a new one in memory.
pub(crate) fn shared_database(folder: &Folder, names: &TableNames, memory: bool) -> Result<Database, Error> {
    if memory {
        return Ok(Database::memory()?);
    }
    let database = Database::new(&database_file(folder)?.to_string_lossy())?;
    let has_tables = database.get_table_metadata(names.name(A_TABLE)).is_ok_and(|found| found.is_some());
    identity::is_same_database(has_tables, folder)?;
    Ok(database)
}

/// A table that every database of Latchkey's has.
const A_TABLE: Table = Table::Organizations;

/// The folder's file. Nothing is written to one that is not Latchkey's.
fn database_file(folder: &Folder) -> Result<PathBuf, Error> {
    let file = folder.database()?;
    identity::is_own_database(&file)?;
    Ok(file)
}

/// A client of a database in this process, from which expired items are removed.
fn embedded(database: OwnDatabase) -> Client {
    let embedded = Embedded::new(database);
    tokio::spawn(expire(embedded.clone()));
    embedded::client(embedded)
}

/// Removes expired items, as DynamoDB does by itself.
async fn expire(embedded: Embedded) {
    let mut hourly = tokio::time::interval(Duration::from_secs(60 * 60));
    loop {
        hourly.tick().await;
        if let Some(Err(error)) = embedded.sweep().await {
            tracing::warn!(%error, "expired items could not be removed");
        }
    }
}
