//! `latchkey reseal`: moves stored values to the newest seal secret.

use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::SEAL_SECRETS;
use latchkey_shared::store::{Resealed, Table};

use crate::Error;
use crate::opened::Opened;
use crate::options::Place;
use crate::progress::Progress;

/// Moves stored values to the newest seal secret. A second run continues where an interrupted one
/// ended.
pub(crate) async fn reseal(place: &Place) -> Result<(), Error> {
    let opened = Opened::open(place).await?;
    let secrets = Secrets::read(&[Secret::Seal], |name| opened.get(name))?;
    let sealer = secrets.sealer()?;
    let mut progress = Progress::start();
    let tables = [Table::OrgKeys, Table::Keys, Table::Organizations];
    let of = if progress.is_shown() { opened.store.about_items(&tables).await? } else { 0 };
    let show = |so_far: Resealed| {
        let said = format!("{} read, {} moved to {}", so_far.read, so_far.moved, sealer.current());
        progress.at(so_far.read as u64, of.unsigned_abs(), said);
    };
    let resealed = opened.store.reseal(sealer, show).await?;
    progress.end();
    match resealed.unreadable {
        // Any store that was ever served keeps the fingerprints of its secrets, at least.
        0 if resealed.read == 0 => Err("the tables are empty: are these their names?".into()),
        0 => Ok(opened.secrets.resealed(&opened.store).await?),
        unreadable => {
            Err(format!("{unreadable} values cannot be opened with any secret in {}", SEAL_SECRETS.name).into())
        }
    }
}
