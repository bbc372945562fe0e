//! `template.yaml` says what the route table says: the same functions, routes, secrets, policies and tables. The example fits.

mod example;
mod expected;
mod yaml;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use latchkey_functions::table::FUNCTIONS;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn template() -> Value {
    yaml::parse(&fs::read_to_string(repository().join("template.yaml")).unwrap())
}

/// The resources of `kind` by name.
fn names(template: &Value, kind: &str) -> BTreeSet<String> {
    let resources = template["Resources"].as_object().unwrap().iter();
    resources.filter(|(_, resource)| resource["Type"] == kind).map(|(name, _)| name.clone()).collect()
}

/// Panics with the text to paste unless the template has every resource of `block` just as it stands there.
/// Memory and time-out a function may set for itself.
#[track_caller]
fn assert_has(template: &Value, block: &str) {
    for (name, expected) in yaml::parse(block).as_object().unwrap() {
        let mut found = template["Resources"][name].clone();
        if let Some(properties) = found["Properties"].as_object_mut() {
            properties.retain(|property, _| !["MemorySize", "Timeout"].contains(&property.as_str()));
        }
        assert_eq!(&found, expected, "\n\nPaste this into template.yaml, in place of {name}:\n\n{block}");
    }
}

#[test]
fn every_function_has_its_routes_its_secrets_and_its_policy_and_no_others() {
    let template = template();
    for function in FUNCTIONS {
        assert_has(&template, &expected::function(function));
    }
    let expected: BTreeSet<_> = FUNCTIONS.iter().map(|function| expected::resource(function.name)).collect();
    assert_eq!(names(&template, "AWS::Serverless::Function"), expected, "functions in template.yaml and in the table");
}

#[test]
fn every_function_has_a_binary_that_serves_it_and_there_are_no_others() {
    let folder = repository().join("functions/src/bin");
    let binaries: BTreeSet<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let expected: BTreeSet<_> = FUNCTIONS.iter().map(|function| format!("{}.rs", function.name)).collect();
    assert_eq!(binaries, expected, "files in functions/src/bin and functions in the table");
    for function in FUNCTIONS {
        let source = fs::read_to_string(folder.join(format!("{}.rs", function.name))).unwrap();
        let module = function.name.replacen('-', "::", 1).replace('-', "_");
        let constant = format!("(&latchkey_functions::{module}::FUNCTION)");
        assert!(source.contains(&constant), "{}.rs does not run {constant}", function.name);
    }
}

#[test]
fn every_table_is_made_as_the_store_makes_it_and_kept_when_the_stack_goes() {
    let template = template();
    for table in Table::ALL {
        assert_has(&template, &expected::table(table));
    }
    let expected: BTreeSet<_> = Table::ALL.iter().map(|table| format!("{}Table", table.name())).collect();
    assert_eq!(names(&template, "AWS::DynamoDB::Table"), expected, "tables in template.yaml and in tables.rs");
}

#[test]
fn no_function_gets_a_secret_or_a_permission_by_way_of_the_globals() {
    let globals = &template()["Globals"];
    let function = globals["Function"].as_object().unwrap();
    assert!(!function.contains_key("Policies") && !function.contains_key("Role"), "{globals:#}");
    assert!(!globals.to_string().contains("resolve:"), "{globals:#}");
    assert_eq!(
        (&function["Handler"], &function["Runtime"], &function["Architectures"]),
        (&json!("bootstrap"), &json!("provided.al2023"), &json!([{"Ref": "Architecture"}]))
    );
}

#[test]
fn generated_secrets_are_what_the_settings_take_and_outlive_the_stack() {
    let template = template();
    let expected = ["AdminSecret", "IdSecret", "SealSecret"].map(str::to_owned);
    assert_eq!(names(&template, "AWS::SecretsManager::Secret"), expected.clone().into());
    for name in expected {
        let secret = &template["Resources"][&name];
        // 64 characters of A-Z a-z 0-9 are base64 of 48 bytes.
        let generated = json!({"PasswordLength": 64, "ExcludePunctuation": true});
        assert_eq!(secret["Properties"]["GenerateSecretString"], generated, "{name}");
        assert_eq!((&secret["DeletionPolicy"], &secret["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
    }
}
