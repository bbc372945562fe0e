//! AWS's quotas, as far as they can be computed from the template as it stands; `make template` does it on what the
//! real translator makes of it.

use std::fs;

use latchkey_functions::table::FUNCTIONS;
use serde_json::Value;

use super::{functions, repository, routes, template};

/// How long a name or an ARN may become that CloudFormation gives.
const LONGEST: usize = 310;

/// The characters of a value once CloudFormation has put in what it refers to: of a parameter its default, and of a
/// choice the longer one.
fn characters(template: &Value, value: &Value) -> usize {
    let characters = |value| characters(template, value);
    match value {
        Value::Null => 0,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| characters(item) + 1).sum::<usize>() + 2,
        Value::Object(entries) => match entries.iter().next() {
            Some((name, Value::Array(branches))) if name == "Fn::If" => {
                branches.iter().skip(1).map(characters).max().unwrap_or_default()
            }
            Some((name, Value::String(of))) if name == "Ref" => match &template["Parameters"][of]["Default"] {
                Value::Null => LONGEST,
                default => characters(default),
            },
            Some((name, _)) if name.starts_with("Fn::") => LONGEST,
            _ => entries.iter().map(|(name, value)| name.len() + 4 + characters(value)).sum::<usize>() + 2,
        },
        other => other.to_string().len(),
    }
}

#[test]
fn the_stack_has_fewer_resources_and_routes_than_aws_allows() {
    let template = template();
    let routes: usize = routes(&template).values().map(std::collections::BTreeSet::len).sum();
    assert!((50..=300).contains(&routes), "{routes} routes of one HTTP API");
    // SAM adds a role to each function and a permission to each route, the default one too, and a stage to the API.
    let resources = template["Resources"].as_object().unwrap().len() + FUNCTIONS.len() + routes + 2;
    assert!((150..=500).contains(&resources), "{resources} resources of one stack");
    for part in ["Parameters", "Outputs"] {
        let count = template[part].as_object().unwrap().len();
        assert!((5..=200).contains(&count), "{count} {part}");
    }
}

#[test]
fn the_template_is_no_larger_than_aws_takes() {
    let bytes = fs::read(repository().join("template.yaml")).unwrap().len();
    // Beyond 51,200 bytes a template goes through S3, as `sam deploy` has it go; transformed it may have 1 MB.
    assert!((51_200..400_000).contains(&bytes), "{bytes} bytes");
}

/// CloudFormation resolves at most 60 in one template, each place counted.
#[test]
fn the_template_has_few_dynamic_references() {
    let references = template().to_string().matches("{{resolve:").count();
    assert!(references <= 60, "{references} dynamic references");
}

#[test]
fn every_environment_and_every_policy_fits() {
    let template = template();
    let shared = characters(&template, &template["Globals"]["Function"]["Environment"]["Variables"]);
    assert!(shared > 500, "{shared} characters");
    for (name, properties) in functions(&template) {
        let environment = shared + characters(&template, &properties["Environment"]["Variables"]);
        assert!(environment <= 4096, "{name}: {environment} bytes of environment");
        let policies = properties.get("Policies").map_or(0, |policies| characters(&template, policies));
        assert!(policies <= 10_240, "{name}: {policies} characters of policies");
    }
}
