//! Functions as Lambda runs them, compared with a function that does nothing.

mod certificates;
pub(crate) mod committed;
mod events;
pub(crate) mod instructions;
mod running;
mod stage;
pub(crate) mod starts;
mod store;
pub(crate) mod subject;
pub(crate) mod warm;

use std::path::Path;

use running::Running;
pub(crate) use stage::Stage;
use subject::{Link, Subject};

use crate::Failure;

/// Fresh copies of the binaries that lie in `built`, and a store with the key that the events are about.
pub(crate) async fn set_up(built: &Path) -> Result<Stage, Failure> {
    let stage = Stage::set_up(built).await?;
    Running::start(&stage, Subject { function: events::UPSERT, link: Link::Plain }, &[]).await?.invoke().await?;
    Ok(stage)
}
