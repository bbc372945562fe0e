//! A DynamoDB with Latchkey's tables for `make invoke`, kept in a file; prints its endpoint and serves until stopped.

use std::error::Error;

use dynoxide::Database;
use latchkey::embedded::{self, Embedded};
use latchkey_shared::store::tables;
use tokio::net::TcpListener;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is what its caller reads")]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: store FILE")?;
    let database = Database::new(&file)?;
    tables::create(&embedded::client(Embedded::new(database.clone())), "latchkey-").await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    dynoxide::server::serve_on(listener, database).await;
    Ok(())
}
