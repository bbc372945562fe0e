//! Settings as parameters of the template, and as the environment of every function.

use latchkey_shared::store::Table;
use serde_json::json;

use crate::settings::value;
use crate::sources::Setting;

/// Settings without a parameter: secrets, which only some functions get, the prefix of tables, which each have a
/// name, and the service, which has the name of its stack.
const WITHOUT: [&str; 11] = [
    "LATCHKEY_ADMIN_SECRET",
    "LATCHKEY_ADMIN_SECRET_ARN",
    "LATCHKEY_ADMIN_SECRET_PREVIOUS",
    "LATCHKEY_ID_SECRET",
    "LATCHKEY_ID_SECRET_ARN",
    "LATCHKEY_SEAL_SECRETS",
    "LATCHKEY_SEAL_SECRETS_ARN",
    "LATCHKEY_SESSION_JWT_SECRET",
    "LATCHKEY_SESSION_JWT_SECRET_ARN",
    "LATCHKEY_TABLE_PREFIX",
    SERVICE,
];

const SERVICE: &str = "LATCHKEY_SERVICE";

/// What a value must be like, where its default does not show it: a wrong one is refused before anything is deployed.
const CONSTRAINTS: [(&str, &str); 5] = [
    ("LATCHKEY_TYK_EDITION", "AllowedValues: [documented, \"5.13\"]"),
    ("LATCHKEY_AUTHORIZER_MODE", "AllowedValues: [enforce, annotate]"),
    ("LATCHKEY_REQUEST_LOG", "AllowedValues: [all, failures, errors]"),
    ("LATCHKEY_TLS_ROOTS", "AllowedValues: [aws, system]"),
    ("LATCHKEY_MAX_KEY_BYTES", "MinValue: 1024\n    MaxValue: 131072"),
];

fn with_parameter(settings: &[Setting]) -> impl Iterator<Item = &Setting> {
    settings.iter().filter(|setting| !WITHOUT.contains(&setting.name))
}

/// The table that a setting names.
pub(super) fn named_table(setting: &Setting) -> Option<Table> {
    Table::ALL.into_iter().find(|table| parameter(setting) == table_parameter(*table))
}

/// The parameter that names an existing table.
pub(super) fn table_parameter(table: Table) -> String {
    format!("{}Table", table.name())
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
            None if named_table(setting).is_some() => "    AllowedPattern: \"([A-Za-z0-9_.-]{3,255})?\"\n".to_owned(),
            None => String::new(),
        };
        let (name, kind) = (parameter(setting), if is_number { "Number" } else { "String" });
        let (description, default) = (json!(description(setting)), json!(default.unwrap_or_default()));
        format!("  {name}:\n    Description: {description}\n    Type: {kind}\n    Default: {default}\n{constraint}")
    };
    with_parameter(settings).map(block).collect()
}

fn description(setting: &Setting) -> String {
    if named_table(setting).is_some() {
        return format!("an existing table in place of a new one: {}", setting.meaning);
    }
    match value(setting) {
        Some(_) => setting.meaning.to_owned(),
        None => format!("{} (empty: {})", setting.meaning, setting.default),
    }
}

/// The variables that every function gets. Each is there even while it is empty, because `sam local` can only give
/// a value to a variable that the template names.
pub(super) fn environment(settings: &[Setting]) -> String {
    let line = |setting: &Setting| match named_table(setting) {
        Some(table) => {
            let (resource, parameter) = (table.name(), table_parameter(table));
            format!("        {}: !If [MakesTables, !Ref {resource}, !Ref {parameter}]\n", setting.name)
        }
        None => format!("        {}: !Ref {}\n", setting.name, parameter(setting)),
    };
    with_parameter(settings).map(line).collect::<String>() + &format!("        {SERVICE}: !Ref AWS::StackName\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SETTINGS;

    #[test]
    fn every_setting_but_the_exceptions_is_a_variable_with_a_parameter() {
        let (environment, parameters) = (environment(SETTINGS), blocks(SETTINGS));
        for setting in with_parameter(SETTINGS) {
            assert!(environment.contains(&format!("        {}: !", setting.name)), "{}", setting.name);
            assert!(parameters.contains(&format!("  {}:\n", parameter(setting))), "{}", setting.name);
        }
        assert_eq!(with_parameter(SETTINGS).count() + WITHOUT.len(), SETTINGS.len());
        assert!(environment.contains("LATCHKEY_AUDIT_TABLE: !If [MakesTables, !Ref Audit, !Ref AuditTable]\n"));
    }

    #[test]
    fn no_secret_has_a_parameter_and_every_exception_is_a_setting() {
        for name in WITHOUT.into_iter().chain(CONSTRAINTS.map(|(name, _)| name)) {
            assert!(SETTINGS.iter().any(|setting| setting.name == name), "there is no setting {name}");
        }
        assert!(!blocks(SETTINGS).contains("Secret"), "{}", blocks(SETTINGS));
    }
}
