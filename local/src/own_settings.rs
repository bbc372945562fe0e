//! The settings that only the program `latchkey` has: functions do not read them.

use latchkey_shared::settings::Setting;

use crate::client::{SECRET_FILE, URL};
use crate::request_log::LOG;
use crate::sample::RATE_LIMIT_HEADERS;

/// Those of the local server, then those of the client.
pub const OWN_SETTINGS: &[Setting] = &[RATE_LIMIT_HEADERS, LOG, URL, SECRET_FILE];
