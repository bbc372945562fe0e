//! What a handler works with: settings, the secrets it was given, the store and the clock.

use crate::clock::Clock;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::store::Store;

/// Everything a handler may use. A function's service holds only the secrets that function declares.
pub struct Service {
    /// How the service was set up.
    pub settings: Settings,
    /// The secrets this function was given.
    pub secrets: Secrets,
    /// The tables.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}
