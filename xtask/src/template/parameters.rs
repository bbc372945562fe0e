//! Settings as parameters of the template, and as the environment of every function.

use serde_json::json;

use crate::settings::value;
use crate::sources::Setting;

/// Settings without a parameter: secrets, which only some functions get.
const WITHOUT: [&str; 9] = [
    "LATCHKEY_ADMIN_SECRET",
    "LATCHKEY_ADMIN_SECRET_ARN",
    "LATCHKEY_ADMIN_SECRET_PREVIOUS",
    "LATCHKEY_ID_SECRET",
    "LATCHKEY_ID_SECRET_ARN",
    "LATCHKEY_SEAL_SECRETS",
    "LATCHKEY_SEAL_SECRETS_ARN",
    "LATCHKEY_SESSION_JWT_SECRET",
    "LATCHKEY_SESSION_JWT_SECRET_ARN",
];

/// What a value must be like, where its default does not show it: a wrong one is refused before anything is deployed.
const CONSTRAINTS: [(&str, &str); 5] = [
    ("LATCHKEY_TYK_EDITION", "AllowedValues: [documented, \"5.13\"]"),
    ("LATCHKEY_AUTHORIZER_MODE", "AllowedValues: [enforce, annotate]"),
    ("LATCHKEY_TLS_ROOTS", "AllowedValues: [aws, system]"),
    ("LATCHKEY_TABLE_PREFIX", "AllowedPattern: \"[A-Za-z0-9_.-]{0,200}\""),
    ("LATCHKEY_MAX_KEY_BYTES", "MinValue: 1024\n    MaxValue: 131072"),
];

fn with_parameter(settings: &[Setting]) -> impl Iterator<Item = &Setting> {
    settings.iter().filter(|setting| !WITHOUT.contains(&setting.name))
}

/// Settings that have no value unless somebody gives one.
fn without_value(settings: &[Setting]) -> impl Iterator<Item = &Setting> {
    with_parameter(settings).filter(|setting| value(setting).is_none())
}

/// `MaxKeyBytes` for `LATCHKEY_MAX_KEY_BYTES`. The API id is the authorizer's alone, and its parameter says so.
fn parameter(setting: &Setting) -> String {
    match setting.name {
        "LATCHKEY_API_ID" => "AuthorizerApiId".to_owned(),
        name => {
            let words = name.trim_start_matches("LATCHKEY_").split('_');
            words.map(|word| word[..1].to_owned() + &word[1..].to_lowercase()).collect()
        }
    }
}

/// A parameter for each setting that functions read.
pub(super) fn blocks(settings: &[Setting]) -> String {
    let block = |setting: &Setting| {
        let default = value(setting);
        let is_number = default.is_some_and(|default| default.parse::<u64>().is_ok());
        let constraint = match CONSTRAINTS.iter().find(|(name, _)| *name == setting.name) {
            Some((_, constraint)) => format!("    {constraint}\n"),
            None if is_number => "    MinValue: 0\n".to_owned(),
            None if matches!(default, Some("true" | "false")) => {
                "    AllowedValues: [\"true\", \"false\"]\n".to_owned()
            }
            None => String::new(),
        };
        let (name, kind) = (parameter(setting), if is_number { "Number" } else { "String" });
        let (description, default) = (json!(description(setting)), json!(default.unwrap_or_default()));
        format!("  {name}:\n    Description: {description}\n    Type: {kind}\n    Default: {default}\n{constraint}")
    };
    with_parameter(settings).map(block).collect()
}

fn description(setting: &Setting) -> String {
    match value(setting) {
        Some(_) => setting.meaning.to_owned(),
        None => format!("{} (empty: {})", setting.meaning, setting.default),
    }
}

/// A condition for each setting that has no value unless somebody gives one.
pub(super) fn conditions(settings: &[Setting]) -> String {
    let line = |setting: &Setting| format!("  Has{0}: !Not [!Equals [!Ref {0}, \"\"]]\n", parameter(setting));
    without_value(settings).map(line).collect()
}

/// The variables that every function gets.
pub(super) fn environment(settings: &[Setting]) -> String {
    let line = |setting: &Setting| match (value(setting), parameter(setting)) {
        (Some(_), parameter) => format!("        {}: !Ref {parameter}\n", setting.name),
        (None, parameter) => {
            format!("        {}: !If [Has{parameter}, !Ref {parameter}, !Ref AWS::NoValue]\n", setting.name)
        }
    };
    with_parameter(settings).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SETTINGS;

    #[test]
    fn a_setting_without_a_value_is_set_only_where_its_parameter_is() {
        let environment = environment(SETTINGS);
        assert!(environment.contains("LATCHKEY_APIS: !If [HasApis, !Ref Apis, !Ref AWS::NoValue]\n"), "{environment}");
        assert!(environment.contains("LATCHKEY_MIN_TOKEN_LENGTH: !Ref MinTokenLength\n"), "{environment}");
        assert!(conditions(SETTINGS).contains("HasApis: !Not [!Equals [!Ref Apis, \"\"]]\n"));
    }

    #[test]
    fn no_secret_has_a_parameter_and_every_exception_is_a_setting() {
        for name in WITHOUT.into_iter().chain(CONSTRAINTS.map(|(name, _)| name)) {
            assert!(SETTINGS.iter().any(|setting| setting.name == name), "there is no setting {name}");
        }
        assert!(!blocks(SETTINGS).contains("Secret"), "{}", blocks(SETTINGS));
    }
}
