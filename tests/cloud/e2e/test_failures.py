"""What goes wrong in a cloud: a role without a permission, odd events, failed and repeated deploys."""

import json

import pytest

from stack import DeployFailed, Stack


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
    policy = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    statements = [without_dynamodb(statement) for statement in document["Statement"]]
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**document, "Statement": statements}))
    try:
        refused = latchkey.admin_call("GET", "/tyk/keys")
        assert refused.status in (500, 503), refused
        assert b"AccessDenied" not in refused.body
        assert latchkey.metrics("TykListKeys")[-1]["StoreFailures"] == 1
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert latchkey.admin_call("GET", "/tyk/keys").status == 200
    assert latchkey.metrics("TykListKeys")[-1]["StoreFailures"] == 0


def without_dynamodb(statement):
    """The statement with a read that the function never makes in place of what it may do to tables."""
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    kept = [action for action in actions if not action.startswith("dynamodb:")]
    return {**statement, "Action": kept or ["dynamodb:DescribeTable"]}


def test_a_first_deploy_that_failed_can_be_repeated(latchkey, emulator, template):
    stack = Stack(emulator, "second", template)
    broken = template.with_name("broken.yaml")
    broken.write_text(template.read_text() + BROKEN)
    ...


def test_a_deleted_stack_can_be_made_again():
    ...
