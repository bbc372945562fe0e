//! The settings that only the program `latchkey` has: functions do not read them.

use latchkey_shared::settings::Setting;

use crate::{client, sample};

/// Those of the local server, then those of the client.
pub const OWN_SETTINGS: &[Setting] = &[sample::RATE_LIMIT_HEADERS, client::URL, client::SECRET_FILE];
