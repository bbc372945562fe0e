"""Secrets change in a running stack without a deploy, and what the previous ones admitted goes on until they end."""

import base64
import os
import secrets
import subprocess
import time

import pytest

import client
from cloud import SESSION_SECRET
from prepared import Prepared

KEY = {"org_id": "default", "rate": 1000, "per": 60, "quota_max": -1, "access_rights": {"test": {"api_id": "test"}}}
# Instances look for changed secrets every few minutes.
PATIENCE = 300


@pytest.fixture(scope="module")
def latchkey(cloud):
    return cloud.configure()


def until(right):
    """Waits until `right` is true."""
    end = time.monotonic() + PATIENCE
    while not right():
        assert time.monotonic() < end, "no instance has noticed"
        time.sleep(2)


def test_secrets_rotate_without_a_deploy_and_previous_ones_go_on_until_they_end(latchkey, binaries):
    names = {"admin": latchkey.stack.output("AdminSecretArn"), "seal": latchkey.stack.output("SealSecretArn"),
             "session": latchkey.session_secret}
    old = {kind: latchkey.secret(arn) for kind, arn in names.items()}
    new = {"admin": secrets.token_hex(32), "session": secrets.token_hex(32),
           "seal": f"v{int(time.time())}:{base64.b64encode(secrets.token_bytes(32)).decode()}"}
    key = call(latchkey, old["admin"], "POST", "/tyk/keys/create", KEY).json()["key"]

    for kind, arn in names.items():
        put(latchkey, arn, f"{new[kind]}\n{old[kind]}")
    until(lambda: is_admin(latchkey, new["admin"]) and is_user(latchkey, new["session"]))
    assert is_admin(latchkey, old["admin"]) and is_user(latchkey, old["session"])
    assert key in listed(latchkey, new["admin"])

    reseal(latchkey, binaries)
    until(lambda: key in listed(latchkey, new["admin"]))

    for kind, arn in names.items():
        put(latchkey, arn, new[kind])
    until(lambda: not is_admin(latchkey, old["admin"]) and not is_user(latchkey, old["session"]))
    assert is_admin(latchkey, new["admin"]) and is_user(latchkey, new["session"])
    until(lambda: key in listed(latchkey, new["admin"]))
    put(latchkey, names["session"], f"{new['session']}\n{SESSION_SECRET}")


def test_another_id_secret_is_refused_and_changes_nothing(latchkey):
    arn, admin = latchkey.stack.output("IdSecretArn"), latchkey.admin
    made = call(latchkey, admin, "POST", "/tyk/keys/create", KEY)
    assert made.status == 200, made
    key, before = made.json()["key"], latchkey.secret(arn)
    put(latchkey, arn, secrets.token_hex(32))
    latchkey.configure(RequestLog="errors")
    try:
        assert call(latchkey, admin, "POST", "/tyk/keys/create", KEY).status >= 500
    finally:
        put(latchkey, arn, before)
        latchkey.configure()
    assert call(latchkey, admin, "GET", f"/tyk/keys/{key}").status == 200


def put(latchkey, arn, value):
    latchkey.secrets.put_secret_value(SecretId=arn, SecretString=value)


def call(latchkey, admin, method, path, body=None):
    return client.send(latchkey.url, method, path, {"x-tyk-authorization": admin}, body)


def listed(latchkey, admin):
    """The tokens that a list shows: it opens what the seal secrets sealed."""
    return call(latchkey, admin, "GET", "/tyk/keys").json().get("keys", [])


def is_admin(latchkey, secret):
    return call(latchkey, secret, "GET", "/tyk/keys").status == 200


def is_user(latchkey, secret):
    _, _, token = Prepared(latchkey.url, None, secret).user("somebody")
    headers = {"authorization": f"Bearer {token}"}
    return client.send(latchkey.url, "GET", "/api/v1/me/profile", headers).status == 200


def reseal(latchkey, binaries):
    """Runs `latchkey reseal` with the secrets and on the tables of the stack."""
    tables = {f"LATCHKEY_{setting}_TABLE": latchkey.stack.output(output) for setting, output in (
        ("KEYS", "KeysTable"), ("ORG_KEYS", "OrgKeysTable"), ("ORGANIZATIONS", "OrganizationsTable"),
        ("USAGE", "UsageTable"), ("AUDIT", "AuditTable"))}
    settings = {"LATCHKEY_ID_SECRET_ARN": latchkey.stack.output("IdSecretArn"),
                "LATCHKEY_ADMIN_SECRET_ARN": latchkey.stack.output("AdminSecretArn"),
                "LATCHKEY_SEAL_SECRETS_ARN": latchkey.stack.output("SealSecretArn"), **tables}
    subprocess.run([binaries / "latchkey", "reseal"], check=True, capture_output=True, text=True,
                   env={**latchkey.emulator.environment(), **settings, "PATH": os.environ["PATH"]})
