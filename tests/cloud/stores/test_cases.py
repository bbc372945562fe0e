"""Every black-box case, and races of two servers, with another engine as the store."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import client
from cases import Runner, get_in_each_others_way, groups, title
from engines import CREDENTIALS, STORES
from local_server import LocalServer

ADMIN, SESSION_SECRET = "the-admin-secret-of-the-store-tests", "the-session-secret-of-the-store-tests"
SECRETS = {"LATCHKEY_ADMIN_SECRET": ADMIN, "LATCHKEY_ID_SECRET": "I" * 64, "LATCHKEY_SEAL_SECRETS": f"v1:{'S' * 64}",
           "LATCHKEY_SESSION_JWT_SECRET": SESSION_SECRET}
GROUPS = groups()


@pytest.fixture
def start(engine, folder, binaries):
    """Starts servers on the engine; those with one `store` share their tables."""
    started = []

    def server(store, **settings):
        environment = {**CREDENTIALS, **SECRETS, "LATCHKEY_TABLE_PREFIX": f"{store}-", **settings,
                       "AWS_ENDPOINT_URL_DYNAMODB": engine.endpoint}
        started.append(LocalServer(binaries / "latchkey", folder / str(uuid.uuid4()), **environment))
        return started[-1]

    yield server
    for each in started:
        each.stop()


@pytest.mark.parametrize("settings", GROUPS, ids=lambda settings: f"{len(GROUPS[settings])} cases, {title(settings)}")
@pytest.mark.parametrize("engine", STORES, indirect=True)
def test_every_case_passes(start, settings):
    def run(cases):
        server = start(uuid.uuid4(), **dict(settings))
        return Runner(server.url, server.url, ADMIN, SESSION_SECRET).run(cases)

    alone = get_in_each_others_way(settings)
    parts = [[case] for case in GROUPS[settings]] if alone else [GROUPS[settings]]
    failed = [problem for part in parts for problem in run(part)]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("limits, units, refusal", [
    ({"quota_max": 100, "quota_renewal_rate": 3600}, 100, 403),
    ({"rate": 50, "per": 600, "quota_max": -1}, 50, 429),
], ids=["quota", "rate"])
@pytest.mark.parametrize("engine", STORES, indirect=True)
def test_two_servers_on_one_store_admit_exactly_what_there_is(start, limits, units, refusal):
    store, calls = uuid.uuid4(), 640
    servers = [start(store), start(store)]
    body = {"org_id": "default", "access_rights": {"test": {"api_id": "test"}}, **limits}
    key = servers[0].admin_call("POST", "/tyk/keys/create", body).json()["key"]

    def call(number):
        return client.send(servers[number % 2].url, "GET", "/sample/x", {"authorization": key}).status

    with ThreadPoolExecutor(16) as callers:
        statuses = Counter(callers.map(call, range(calls)))
    assert statuses == {200: units, refusal: calls - units}
