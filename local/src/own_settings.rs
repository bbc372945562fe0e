//! The settings that only the local server has.

use latchkey_shared::settings::Setting;

use crate::request_log::LOG;
use crate::sample::RATE_LIMIT_HEADERS;

/// All of them.
pub const OWN_SETTINGS: &[Setting] = &[RATE_LIMIT_HEADERS, LOG];
