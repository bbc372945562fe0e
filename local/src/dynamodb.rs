//! DynamoDB on a port, for functions that run outside of AWS: their tests, and events sent to them
//! by hand.
//!
//! It checks no credentials and is not meant for keys that matter.

use std::io;

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use latchkey_shared::store::{StoreError, TableNames, tables};
use tokio::net::TcpListener;

use crate::embedded::{self, Embedded};

/// A database that is served until the runtime ends.
pub struct DynamoDb {
    /// The value for the functions' setting of the endpoint: `http://HOST:PORT`.
    pub endpoint: String,
    /// A client of the same database that needs no port.
    pub client: Client,
}

/// Why a database is not served.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// The listener has no address.
    #[error("the address to serve DynamoDB on is unknown: {0}")]
    Address(#[from] io::Error),
    /// The tables could not be created.
    #[error("the tables could not be created: {0}")]
    Tables(#[from] StoreError),
}

/// Creates Latchkey's tables in `database`, unless they are there, and serves it on `listener`.
///
/// # Errors
/// When the tables cannot be created, or the listener has no address.
pub async fn serve(database: Database, listener: TcpListener, names: &TableNames) -> Result<DynamoDb, NotServed> {
    let endpoint = format!("http://{}", listener.local_addr()?);
    let client = embedded::client(Embedded::new(database.clone()));
    tables::create(&client, names).await?;
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Ok(DynamoDb { endpoint, client })
}
