"""The example behind the authorizer: an HTTP API, and a REST API beside it, in both modes."""

import pytest

import client
from stack import PROJECT, Stack


@pytest.fixture(scope="module")
def latchkey(cloud):
    # The cases leave organisations with limits, which would apply to the keys of these tests.
    cloud.empty_store()
    return cloud.configure()


@pytest.fixture(scope="module")
def http_api(latchkey, emulator):
    """The example as its README deploys it: where it answers, and its id."""
    stack = Stack(emulator, "protected-api", PROJECT / "examples/protected-api/template.yaml")
    stack.deploy(AuthorizerArn=latchkey.stack.output("AuthorizerArn"))
    return stack.output("ApiUrl"), stack.output("ApiId")


@pytest.fixture(scope="module")
def rest_api(latchkey, emulator):
    """The same for a REST API."""
    stack = Stack(emulator, "rest-api", PROJECT / "tests/cloud/e2e/rest-api.yaml")
    stack.deploy(AuthorizerArn=latchkey.stack.output("AuthorizerArn"))
    api = stack.output("ApiId")
    return f"{emulator.at(api)}/v1", api


def make_key(cloud, api, **more):
    body = {"org_id": "default", "rate": 100, "per": 60, "access_rights": {api: {}}, **more}
    return cloud.admin_call("POST", "/tyk/keys/create", body).json()["key"]


def hello(url, key=None):
    return client.send(url, "GET", "/hello", {"authorization": key} if key else {})


def keys(cloud, api):
    """One of each kind: a good one, one for three calls, a deleted and an unknown one."""
    deleted = make_key(cloud, api)
    assert cloud.admin_call("DELETE", f"/tyk/keys/{deleted}").status == 200
    three = make_key(cloud, api, quota_max=3, quota_renewal_rate=3600)
    return {"good": make_key(cloud, api), "three": three, "deleted": deleted, "unknown": "no-such-key"}


@pytest.mark.parametrize("kind", ["http_api", "rest_api"])
def test_enforcing_only_good_keys_pass(latchkey, request, kind):
    url, api = request.getfixturevalue(kind)
    latchkey.configure()
    made = keys(latchkey, api)
    assert hello(url, made["good"]).status == 200
    assert hello(url, f"Bearer {made['good']}").status == 200
    assert [hello(url, made["three"]).status for _ in range(5)] == [200, 200, 200, 403, 403]
    assert hello(url, made["deleted"]).status == 403
    assert hello(url, made["unknown"]).status == 403
    assert hello(url).status == 401


def test_annotating_the_api_behind_learns_the_exact_status(latchkey, http_api):
    url, api = http_api
    latchkey.configure(AuthorizerMode="annotate")
    made, once = keys(latchkey, api), make_key(latchkey, api, rate=1, per=60)
    good = hello(url, made["good"])
    assert (good.status, good.json()["decision"]["code"]) == (200, "ok"), good
    assert [hello(url, made["three"]).status for _ in range(4)] == [200, 200, 200, 403]
    assert hello(url, made["three"]).json() == {"error": "Quota exceeded"}
    assert hello(url, once).status == 200
    limited = hello(url, once)
    assert limited.status == 429 and 0 < int(limited.headers["retry-after"]) <= 60, limited
    assert hello(url, made["deleted"]).status == hello(url, made["unknown"]).status == 403
    assert hello(url).status == 401


def test_annotating_a_rest_api_learns_the_decision(latchkey, rest_api):
    url, api = rest_api
    latchkey.configure(AuthorizerMode="annotate")
    made = keys(latchkey, api)
    assert hello(url, made["good"]).json() == {"allowed": "true", "code": "ok"}
    assert hello(url, made["deleted"]).json() == {"allowed": "false", "code": "unknown_key"}
    assert hello(url, made["unknown"]).json() == {"allowed": "false", "code": "unknown_key"}
    # Without a cache a REST API asks its authorizer about calls without the header, too.
    assert hello(url).json() == {"allowed": "false", "code": "no_credential"}
