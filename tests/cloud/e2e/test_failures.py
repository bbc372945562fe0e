"""What goes wrong in a cloud: events of nobody, and a role without a permission."""

import json

import pytest


@pytest.fixture(scope="module")
def latchkey(cloud):
    return cloud.configure()


def test_an_event_of_no_gateway_is_an_error_and_the_function_goes_on(latchkey, emulator):
    function, lambdas = latchkey.stack.resource("TykListKeys"), emulator.aws("lambda")
    for event in ({}, {"ping": True}, [], "text", None, {"version": "2.0"}, {"version": "2.0", "requestContext": {}}):
        answer = lambdas.invoke(FunctionName=function, Payload=json.dumps(event))
        assert "FunctionError" in answer or json.load(answer["Payload"])["statusCode"] >= 400, event
    assert latchkey.admin_call("GET", "/tyk/keys").status == 200


def test_a_role_without_a_permission_is_a_failure_of_the_store_that_is_counted(latchkey, emulator):
    iam, role = emulator.aws("iam"), latchkey.stack.resource("TykListKeysRole")
    policies = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                for name in iam.list_role_policies(RoleName=role)["PolicyNames"]}
    for name, document in policies.items():
        statements = [without_tables(statement) for statement in document["Statement"]]
        put_policy(iam, role, name, {**document, "Statement": statements})
    try:
        refused = latchkey.admin_call("GET", "/tyk/keys")
        assert refused.status in (500, 503), refused
        assert b"AccessDenied" not in refused.body and b"dynamodb" not in refused.body
        assert last_request(latchkey)["StoreFailures"] == 1
    finally:
        for name, document in policies.items():
            put_policy(iam, role, name, document)
    assert latchkey.admin_call("GET", "/tyk/keys").status == 200
    assert last_request(latchkey).get("StoreFailures", 0) == 0


def without_tables(statement):
    """The statement with a call that the function never makes in place of those to tables."""
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    kept = [action for action in actions if not action.startswith("dynamodb:")]
    return {**statement, "Action": kept or ["dynamodb:DescribeTable"]}


def put_policy(iam, role, name, document):
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def last_request(latchkey):
    """The last request's line, from which CloudWatch takes the metrics; only CloudWatch itself extracts them."""
    line = latchkey.requests("tyk-list-keys")[-1]
    assert line["_aws"]["CloudWatchMetrics"], line
    return line
