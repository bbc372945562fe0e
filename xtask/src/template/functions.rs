//! The block of each function: its environment, its policy and its routes.

use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::secrets::Secret;

use super::parameters::table_parameter;
use crate::sources::FUNCTIONS;

/// The functions that decide about a call to another API, which waits for them. With this memory they
/// compute twice as fast as the others; `docs/costs.md` says what it costs. Each with the first word of its parameter.
const DECISIONS: [(&str, &str); 2] = [("gate-authorizer", "Authorizer"), ("gate-verify", "Verify")];
const DECISION_MEMORY_MB: u32 = 512;

/// Every function's block, parted by empty lines.
pub(super) fn blocks() -> String {
    FUNCTIONS.into_iter().map(|function| format!("\n{}", block(function))).collect::<String>() + "\n"
}

fn block(function: &Function) -> String {
    let (resource, name) = (resource(function.name), function.name);
    let environment = environment(function);
    let (decision, policy, events) = (decision(function), policy(function), events(function));
    format!(
        "  {resource}:
    Type: AWS::Serverless::Function
    Metadata: {{ SkipBuild: true }}
    Properties:
      CodeUri: target/lambda/{name}/
{decision}{environment}{policy}{events}"
    )
}

/// The function's own variables; empty ones would take the place of those that every function gets.
fn environment(function: &Function) -> String {
    let variables: String = function.secrets.iter().map(|secret| variables(*secret)).collect();
    if variables.is_empty() {
        return variables;
    }
    format!("      Environment:\n        Variables:\n{variables}")
}

/// The resource's name: `TykCreateKey` for `tyk-create-key`.
fn resource(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// The memory and the reserved concurrency of a decision; the others have the memory of the template's globals, and
/// share the account's concurrency.
fn decision(function: &Function) -> String {
    let Some((_, word)) = DECISIONS.into_iter().find(|(name, _)| *name == function.name) else {
        return String::new();
    };
    format!(
        "      MemorySize: {DECISION_MEMORY_MB}
      ReservedConcurrentExecutions: !If [Has{word}Concurrency, !Ref {word}Concurrency, !Ref AWS::NoValue]\n"
    )
}

/// Exactly the declared secrets and table actions; nothing for a function that has neither.
fn policy(function: &Function) -> String {
    if function.access.is_empty() && function.secrets.is_empty() {
        return String::new();
    }
    let secrets: String = function.secrets.iter().map(|secret| reads(*secret)).collect();
    let statements = function.access.iter().map(|(table, actions)| {
        let actions: Vec<_> = actions.iter().map(|action| format!("dynamodb:{action:?}")).collect();
        let (resource, parameter, actions) = (table.name(), table_parameter(*table), actions.join(", "));
        format!(
            "            - Effect: Allow
              Action: [{actions}]
              Resource: !If
                - MakesTables
                - !GetAtt {resource}.Arn
                - !Sub \"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{{parameter}}}\"\n"
        )
    });
    let statements: String = statements.collect();
    format!("      Policies:\n        - Version: \"2012-10-17\"\n          Statement:\n{secrets}{statements}")
}

/// The routes; an event without method and path is the API's `$default` route.
fn events(function: &Function) -> String {
    let events: String = match (function.serves, function.routes) {
        (Serves::Authorizations(_), _) => return String::new(),
        (Serves::Requests(_), []) => "        Default: { Type: HttpApi, Properties: { ApiId: !Ref Api } }\n".to_owned(),
        (Serves::Requests(_), routes) => routes.iter().map(events_of).collect(),
    };
    format!("      Events:\n{events}")
}

/// The events of a route: its own and, if a trailing slash is ignored, that of the path with one.
fn events_of(route: &Route) -> String {
    let with_slash = route.with_slash().map(|path| event(route.method, &path));
    event(route.method, route.path) + &with_slash.unwrap_or_default()
}

/// `GetTykKeysKeyName` for `GET /tyk/keys/{keyName}`.
fn event(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(resource);
    let name = resource(&method.to_lowercase()) + &words.collect::<String>();
    format!(
        "        {name}: {{ Type: HttpApi, Properties: {{ ApiId: !Ref Api, Method: {method}, Path: \"{path}\" }} }}\n"
    )
}

/// The settings by which a function finds a secret. The plain one is empty, which counts as not set: `sam local` sets
/// only variables that the template has.
fn variables(secret: Secret) -> String {
    let (arn, plain) = (secret.arn_setting().name, secret.setting().name);
    format!("          {arn}: {}\n          {plain}: \"\"\n", arn_of(secret))
}

/// The statement by which a function may read a secret.
fn reads(secret: Secret) -> String {
    let resource = arn_of(secret);
    let statement = format!("{{ Effect: Allow, Action: [secretsmanager:GetSecretValue], Resource: {resource} }}");
    match secret {
        Secret::Session => format!("            - !If [HasSessionJwtSecret, {statement}, !Ref AWS::NoValue]\n"),
        _ => format!("            - {statement}\n"),
    }
}

/// The ARN of a secret: of the one that the stack makes, or that a parameter names. The session secret belongs to
/// whoever signs with it.
fn arn_of(secret: Secret) -> String {
    match secret {
        Secret::Session => "!Ref SessionJwtSecretArn".to_owned(),
        secret => format!("!If [Makes{secret:?}Secret, !Ref {secret:?}Secret, !Ref {secret:?}SecretArn]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_that_decide_have_more_memory_than_the_others() {
        for function in FUNCTIONS {
            let is_decision = function.name == "gate-verify" || matches!(function.serves, Serves::Authorizations(_));
            assert_eq!(block(function).contains("\n      MemorySize: 512\n"), is_decision, "{}", function.name);
        }
    }
}
