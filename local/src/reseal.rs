//! `latchkey reseal`: moves stored values to the newest seal secret.

use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::SEAL_SECRETS;
use latchkey_shared::store::Resealed;

use crate::Error;
use crate::opened::Opened;
use crate::options::Place;

/// Moves stored values to the newest seal secret. A second run continues where an interrupted one
/// ended.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
pub(crate) async fn reseal(place: &Place) -> Result<(), Error> {
    let opened = Opened::open(place).await?;
    let secrets = Secrets::read(&[Secret::Seal], |name| opened.get(name))?;
    let sealer = secrets.sealer()?;
    let print = |so_far: Resealed| println!("{} read, {} moved to {}", so_far.read, so_far.moved, sealer.current());
    match opened.store.reseal(sealer, print).await?.unreadable {
        0 => Ok(opened.secrets.resealed(&opened.store).await?),
        unreadable => {
            Err(format!("{unreadable} values cannot be opened with any secret in {}", SEAL_SECRETS.name).into())
        }
    }
}
