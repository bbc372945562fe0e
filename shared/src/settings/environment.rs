//! The environment as a source of settings. A misspelt name must not look like a setting that has
//! an effect.

use super::{InvalidSetting, SETTINGS, Setting};

/// Begins the name of every setting.
pub const PREFIX: &str = "LATCHKEY_";

/// The environment as a source of [`SETTINGS`] and of `more`, which only this program has.
///
/// # Errors
/// When a setting is not UTF-8, so that it would look unset, or when a variable has Latchkey's
/// prefix but is not a setting.
pub fn environment(more: &[Setting]) -> Result<fn(&str) -> Option<String>, InvalidSetting> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        known(&name, more)?;
        if name.starts_with(PREFIX) && value.to_str().is_none() {
            return Err(InvalidSetting::new(&name, "must be text in UTF-8"));
        }
    }
    Ok(|name| std::env::var(name).ok())
}

/// Refuses an unknown name with the prefix, and suggests the most similar one.
fn known(name: &str, more: &[Setting]) -> Result<(), InvalidSetting> {
    let mut known = SETTINGS.iter().chain(more).map(|setting| setting.name);
    if !name.starts_with(PREFIX) || known.any(|known| known == name) || is_of_kubernetes(name) {
        return Ok(());
    }
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&name[PREFIX.len()..], &known[PREFIX.len()..]);
    let most_alike = SETTINGS.iter().chain(more).map(|setting| (likeness(setting.name), setting.name));
    let problem = match most_alike.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((likeness, known)) if likeness > 0.5 => format!("is not a known setting; did you mean {known}?"),
        _ => "is not a known setting; latchkey --help lists them".into(),
    };
    Err(InvalidSetting::new(name, problem))
}

/// Whether Kubernetes sets this variable in every container for a service called latchkey.
fn is_of_kubernetes(name: &str) -> bool {
    let name = name.trim_start_matches(PREFIX);
    ["SERVICE_HOST", "SERVICE_PORT", "PORT"].contains(&name)
        || ["SERVICE_PORT_", "PORT_"].iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_setting_is_refused_and_the_most_similar_one_suggested() {
        for (name, meant) in [
            ("LATCHKEY_HASH_KEY", "LATCHKEY_HASH_KEYS"),
            ("LATCHKEY_ADMIN_SECRETS", "LATCHKEY_ADMIN_SECRET"),
            ("LATCHKEY_ADMIN_SECRET_PREVIUOS", "LATCHKEY_ADMIN_SECRET_PREVIOUS"),
            ("LATCHKEY_API", "LATCHKEY_APIS"),
            ("LATCHKEY_TYK_EDITON", "LATCHKEY_TYK_EDITION"),
        ] {
            let error = known(name, &[]).unwrap_err().to_string();
            assert_eq!(error, format!("{name} is not a known setting; did you mean {meant}?"));
        }
        assert!(!known("LATCHKEY_XYZZY", &[]).unwrap_err().to_string().contains("mean"));
    }

    #[test]
    fn other_variables_are_left_alone() {
        let known_ones = SETTINGS.iter().map(|setting| setting.name);
        let others =
            ["PATH", "AWS_REGION", "LATCHKEY_SERVICE_HOST", "LATCHKEY_SERVICE_PORT_HTTP", "LATCHKEY_PORT_80_TCP"];
        assert!(known_ones.chain(others).all(|name| known(name, &[]).is_ok()));
    }
}
