//! The table of settings in the docs.

use latchkey::own_settings::OWN_SETTINGS;

use crate::sources::{SETTINGS, Setting};

/// Every setting with its default and its meaning: those of the service, then those that only the local server has.
pub(crate) fn table() -> String {
    let row = |setting: &Setting| {
        let default = value(setting).map_or_else(|| setting.default.to_owned(), |value| format!("`{value}`"));
        format!("| `{}` | {default} | {} |\n", setting.name, setting.meaning)
    };
    let rows: String = SETTINGS.iter().chain(OWN_SETTINGS).map(row).collect();
    format!("\n| setting | default | meaning |\n|---|---|---|\n{rows}\n")
}

/// The default as a value; `None` where the setting then has no value.
pub(crate) fn value(setting: &Setting) -> Option<&'static str> {
    setting.default_is_value.then_some(setting.default)
}

#[cfg(test)]
mod tests {
    use latchkey_shared::settings::Settings;

    use super::*;

    #[test]
    fn a_default_that_is_a_value_can_be_set() {
        for setting in SETTINGS {
            if let Some(value) = value(setting) {
                let read = Settings::read(|name| (name == setting.name).then(|| value.to_owned()));
                assert!(read.is_ok(), "{}={value}", setting.name);
            }
        }
    }
}
