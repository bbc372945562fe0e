//! `examples/protected-api/template.yaml` uses the authorizer as the authorizer expects it.

use std::fs;

use serde_json::{Value, json};

use super::{repository, template, yaml};

fn example() -> Value {
    yaml::parse(&fs::read_to_string(repository().join("examples/protected-api/template.yaml")).unwrap())
}

#[test]
fn the_example_asks_the_authorizer_on_every_call_and_never_a_cache() {
    let example = example();
    let api = &example["Resources"]["Api"];
    assert_eq!(api["Type"], "AWS::Serverless::HttpApi");
    let authorizer = json!({
        "FunctionArn": {"Ref": "AuthorizerArn"}, "AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": true,
        "Identity": {"Headers": ["Authorization"], "ReauthorizeEvery": 0},
    });
    let expected = json!({"DefaultAuthorizer": "Latchkey", "Authorizers": {"Latchkey": authorizer}});
    assert_eq!(api["Properties"]["Auth"], expected);
    let events = example["Resources"]["Hello"]["Properties"]["Events"].as_object().unwrap();
    assert!(events.values().all(|event| event["Properties"].get("Auth").is_none()), "no route goes without it");
}

#[test]
fn api_gateway_may_call_the_authorizer_for_the_example_alone() {
    let permission = &example()["Resources"]["AuthorizerPermission"]["Properties"];
    let source = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/authorizers/*";
    let expected = json!({
        "Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "AuthorizerArn"},
        "Principal": "apigateway.amazonaws.com", "SourceArn": {"Fn::Sub": source},
    });
    assert_eq!(permission, &expected);
}

#[test]
fn the_example_takes_what_the_service_puts_out() {
    let (service, example) = (template(), example());
    let authorizer = &service["Outputs"]["AuthorizerArn"]["Value"];
    assert_eq!(authorizer, &json!({"Fn::GetAtt": "GateAuthorizer.Arn"}));
    let parameters: Vec<_> = example["Parameters"].as_object().unwrap().keys().collect();
    assert_eq!(parameters, ["AuthorizerArn"]);
    let readme = fs::read_to_string(repository().join("examples/protected-api/README.md")).unwrap();
    for output in ["ApiUrl", "AdminSecretArn", "AuthorizerArn"] {
        assert!(readme.contains(output) && service["Outputs"].get(output).is_some(), "{output}");
    }
    for output in example["Outputs"].as_object().unwrap().keys() {
        assert!(readme.contains(output.as_str()), "{output}");
    }
    for parameter in ["AuthorizerMode", "AuthorizerApiId"] {
        assert!(readme.contains(parameter) && service["Parameters"].get(parameter).is_some(), "{parameter}");
    }
}

/// What the authorizer tells is read by the example's own function, under these names.
#[test]
fn the_example_reads_the_context_by_the_names_it_has() {
    let code = example()["Resources"]["Hello"]["Properties"]["InlineCode"].as_str().unwrap().to_owned();
    for name in ["allowed", "status", "message", "retry_after", "alias"] {
        assert!(code.contains(&format!("\"{name}\"")), "{name}");
    }
}
