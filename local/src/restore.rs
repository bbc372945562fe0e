//! `latchkey restore`: copies the tables of a backup into those of the service.

use clap::Args;
use latchkey_shared::clock::Clock;
use latchkey_shared::store::{Restored, Table, TableNames};

use crate::Error;
use crate::opened::Opened;
use crate::options::{DataFolder, Place};
use crate::progress::Progress;

/// The backup.
#[derive(Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) place: DataFolder,
    /// What stands before Keys, OrgKeys, Organizations, Usage and Audit in the names of its tables
    #[arg(long, value_name = "PREFIX", required_unless_present = "from_tables", conflicts_with = "from_tables")]
    from_prefix: Option<String>,
    /// The names of its tables, in this order: Keys, OrgKeys, Organizations, Usage, Audit
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    from_tables: Vec<String>,
}

impl Restore {
    /// Copies the tables, and shows how far it has come. A second run goes on where an interrupted
    /// one ended.
    pub(crate) async fn run(&self, place: &Place) -> Result<(), Error> {
        let from = self.names()?;
        let opened = Opened::open_with(place, |_| from.clone()).await?;
        if !opened.secrets.fit(&opened.store.under(from.clone()), &opened.folder).await? {
            tracing::warn!("the backup does not say which secrets its keys were made with, so they are not checked");
        }
        let mut progress = Progress::start();
        let show = |Restored { table, copied, of }: Restored| {
            let said = format!("{copied} of about {of} items copied: {}", table.name());
            progress.at(copied.unsigned_abs(), of.unsigned_abs(), said);
        };
        let restored = opened.store.restore(&from, Clock::System.now(), show).await?;
        progress.end();
        tracing::info!("restored {restored} items; each table has as many as the backup");
        Ok(())
    }

    fn names(&self) -> Result<TableNames, Error> {
        match &self.from_prefix {
            Some(prefix) => Ok(TableNames::with_prefix(prefix)),
            None => {
                let names: Result<[String; Table::ALL.len()], _> = self.from_tables.clone().try_into();
                Ok(TableNames::named(names.map_err(|_| "--from-tables needs five names")?))
            }
        }
    }
}
