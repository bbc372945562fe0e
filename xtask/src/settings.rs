//! The table of settings in the docs.

use crate::sources::Setting;

/// Every setting with its default and its meaning.
pub(crate) fn table(settings: &[Setting]) -> String {
    let rows = settings.iter().map(|Setting { name, default, meaning }| {
        let default = value(default).map_or_else(|| (*default).to_owned(), |value| format!("`{value}`"));
        format!("| `{name}` | {default} | {meaning} |\n")
    });
    format!("\n| setting | default | meaning |\n|---|---|---|\n{}\n", rows.collect::<String>())
}

/// The default as a value; `None` where it is described in words, because the setting then has no value.
pub(crate) fn value(default: &str) -> Option<&str> {
    let in_words = default.contains(' ') || ["none", "unchecked"].contains(&default);
    (!in_words).then_some(default)
}

#[cfg(test)]
mod tests {
    use latchkey_shared::settings::Settings;

    use super::*;
    use crate::sources::settings;

    #[test]
    fn a_default_that_looks_like_a_value_is_one() {
        for setting in settings() {
            if let Some(value) = value(setting.default) {
                let read = Settings::read(|name| (name == setting.name).then(|| value.to_owned()));
                assert!(read.is_ok(), "{}={value}", setting.name);
            }
        }
    }
}
