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
    finally:
        for name, document in policies.items():
            put_policy(iam, role, name, document)
    # The emulator keeps what a function writes last until its next request.
    assert [latchkey.admin_call("GET", "/tyk/keys").status for _ in range(2)] == [200, 200]
    counted = [line for line in latchkey.requests("tyk-list-keys") if line["status"] == refused.status]
    assert counted[-1]["StoreFailures"] == counted[-1]["ServerErrors"] == 1
    # From this CloudWatch takes the metrics, and only CloudWatch itself.
    assert counted[-1]["_aws"]["CloudWatchMetrics"]


def without_tables(statement):
    """The statement with a call that the function never makes in place of those to tables."""
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    kept = [action for action in actions if not action.startswith("dynamodb:")]
    return {**statement, "Action": kept or ["dynamodb:DescribeTable"]}


def put_policy(iam, role, name, document):
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
