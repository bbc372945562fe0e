//! What the generated `template.yaml` must guarantee, read from it as AWS reads it; and that the example fits.

mod alarms;
mod dashboard;
mod example;
mod quotas;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use latchkey_functions::table::FUNCTIONS;
use latchkey_shared::secrets::Secret;
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

/// The properties of each function, by the name of its binary.
fn functions(template: &Value) -> BTreeMap<&str, &Value> {
    let resources = template["Resources"].as_object().unwrap().values();
    let functions = resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    let named = functions.map(|function| {
        let folder = function["Properties"]["CodeUri"].as_str().unwrap();
        (folder.strip_prefix("target/lambda/").unwrap().trim_end_matches('/'), &function["Properties"])
    });
    named.collect()
}

/// The statements of a function's policies, which all allow something.
fn statements(function: &Value) -> Vec<&Value> {
    let policies = function.get("Policies").map(|policies| policies.as_array().unwrap());
    let statements = policies.into_iter().flatten().flat_map(|policy| policy["Statement"].as_array().unwrap());
    let statements = statements.map(|statement| match &statement["Fn::If"] {
        Value::Null => statement,
        either => {
            assert_eq!(either[2], json!({"Ref": "AWS::NoValue"}), "{statement}");
            &either[1]
        }
    });
    statements.inspect(|statement| assert_eq!(statement["Effect"], "Allow", "{statement}")).collect()
}

fn is_about_secrets(statement: &Value) -> bool {
    statement["Action"].to_string().contains("secretsmanager:")
}

/// The table that a statement is about: the template's own or, under that name, the one that a parameter names.
fn table_of(resource: &Value) -> &str {
    let table = resource["Fn::If"][1]["Fn::GetAtt"].as_str().unwrap().strip_suffix(".Arn").unwrap();
    let existing =
        format!("arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{{table}Table}}");
    assert_eq!(
        resource["Fn::If"],
        json!(["MakesTables", {"Fn::GetAtt": format!("{table}.Arn")}, {"Fn::Sub": existing}])
    );
    table
}

/// What the policies of a function allow, as the table of functions has it: `Keys:GetItem`.
fn allowed(function: &Value) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for statement in statements(function).into_iter().filter(|statement| !is_about_secrets(statement)) {
        let table = table_of(&statement["Resource"]);
        for action in statement["Action"].as_array().unwrap() {
            allowed.insert(format!("{table}:{}", action.as_str().unwrap().strip_prefix("dynamodb:").unwrap()));
        }
    }
    allowed
}

#[test]
fn every_function_may_do_exactly_what_it_declares() {
    let template = template();
    let functions = functions(&template);
    assert_eq!(functions.len(), FUNCTIONS.len());
    for function in FUNCTIONS {
        let declared = function.access.iter();
        let declared = declared.flat_map(|(table, actions)| actions.iter().map(move |action| (table, action)));
        let declared: BTreeSet<_> = declared.map(|(table, action)| format!("{}:{action:?}", table.name())).collect();
        assert_eq!(allowed(functions[function.name]), declared, "{}", function.name);
    }
}

/// What names the secret in the template: the stack's own, or that of a parameter.
fn reference(secret: Secret) -> Value {
    let either = |name: &str| {
        let (made, given) = (json!({"Ref": format!("{name}Secret")}), json!({"Ref": format!("{name}SecretArn")}));
        json!({"Fn::If": [format!("Makes{name}Secret"), made, given]})
    };
    match secret {
        Secret::Admin => either("Admin"),
        Secret::Id => either("Id"),
        Secret::Seal => either("Seal"),
        Secret::Session => json!({"Ref": "SessionJwtSecretArn"}),
    }
}

#[test]
fn every_function_is_given_the_places_of_exactly_the_secrets_that_it_declares_and_no_text() {
    let template = template();
    for (name, properties) in functions(&template) {
        let function = FUNCTIONS.into_iter().find(|function| function.name == name).unwrap();
        let given = properties["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
        let declared = function.secrets.iter().flat_map(|secret| {
            let arn = (secret.arn_setting().name.to_owned(), reference(*secret));
            [arn, (secret.setting().name.to_owned(), json!(""))]
        });
        assert_eq!(given, declared.collect(), "{name}");
    }
    let text = fs::read_to_string(repository().join("template.yaml")).unwrap();
    assert!(!text.contains("{{resolve:"), "a function's configuration would have a secret");
}

#[test]
fn every_function_may_read_exactly_the_secrets_that_it_declares() {
    let template = template();
    for (name, properties) in functions(&template) {
        let function = FUNCTIONS.into_iter().find(|function| function.name == name).unwrap();
        let read = statements(properties).into_iter().filter(|statement| is_about_secrets(statement));
        let read: Vec<_> = read
            .map(|statement| {
                assert_eq!(statement["Action"], json!(["secretsmanager:GetSecretValue"]), "{name}");
                statement["Resource"].clone()
            })
            .collect();
        assert_eq!(read, function.secrets.iter().map(|secret| reference(*secret)).collect::<Vec<_>>(), "{name}");
    }
}

/// A table without a name of ours collides with no other: a failed deploy can be repeated, and a deleted stack made
/// again.
#[test]
fn every_table_is_named_by_cloudformation_and_outlives_the_stack() {
    let template = template();
    let expected: BTreeSet<_> = Table::ALL.iter().map(|table| table.name().to_owned()).collect();
    assert_eq!(names(&template, "AWS::DynamoDB::Table"), expected);
    for name in expected {
        let table = &template["Resources"][&name];
        assert_eq!((&table["DeletionPolicy"], &table["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
        assert_eq!(table["Properties"]["DeletionProtectionEnabled"], true, "{name}");
        assert!(table["Properties"].get("TableName").is_none(), "{name}");
    }
}

#[test]
fn existing_tables_take_the_place_of_new_ones() {
    let template = template();
    assert_eq!(template["Conditions"]["MakesTables"], json!({"Fn::Equals": [{"Ref": "KeysTable"}, ""]}));
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    for (table, setting) in Table::ALL.into_iter().zip(["KEYS", "ORG_KEYS", "ORGANIZATIONS", "USAGE", "AUDIT"]) {
        let (name, parameter) = (table.name(), format!("{}Table", table.name()));
        assert_eq!(template["Resources"][name]["Condition"], "MakesTables", "{name}");
        assert_eq!(template["Parameters"][&parameter]["Default"], "", "{name}");
        let given = json!({"Fn::If": ["MakesTables", {"Ref": name}, {"Ref": parameter}]});
        assert_eq!(variables[format!("LATCHKEY_{setting}_TABLE")], given, "{name}");
        assert!(template["Rules"]["TablesBelongTogether"].to_string().contains(&parameter), "{name}");
    }
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

/// The routes of each function, as `GET /tyk/keys`.
fn routes(template: &Value) -> BTreeMap<&str, BTreeSet<String>> {
    let text = |event: &Value, name: &str| event["Properties"][name].as_str().map(str::to_owned);
    let route = |event: &Value| Some(format!("{} {}", text(event, "Method")?, text(event, "Path")?));
    let routes = functions(template).into_iter().map(|(name, properties)| {
        let events = properties["Events"].as_object().into_iter().flatten();
        (name, events.filter_map(|(_, event)| route(event)).collect())
    });
    routes.collect()
}

#[test]
fn every_path_of_the_tyk_dialect_is_routed_with_a_trailing_slash_too() {
    let template = template();
    let routes = routes(&template);
    for function in FUNCTIONS {
        let of = |route: &str| routes[function.name].contains(route);
        let mut declared = 0;
        for route in function.routes {
            let (plain, slash) = (format!("{} {}", route.method, route.path), format!("{}/{{proxy+}}", route.path));
            let ignores_slash = route.path.starts_with("/tyk/");
            assert!(of(&plain), "{plain}");
            assert_eq!(of(&format!("{} {slash}", route.method)), ignores_slash, "{plain}");
            declared += if ignores_slash { 2 } else { 1 };
        }
        assert_eq!(routes[function.name].len(), declared, "{}", function.name);
    }
}
