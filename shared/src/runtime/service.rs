//! What a handler works with: the settings, its secrets, the store and the clock.

use crate::clock::Clock;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::store::Store;

/// Everything that a handler may use. It has only the secrets that the function declares.
pub struct Service {
    /// How the service was set up.
    pub settings: Settings,
    /// The secrets that the function declares.
    pub secrets: Secrets,
    /// Access to the tables.
    pub store: Store,
    /// The source of the time.
    pub clock: Clock,
}
