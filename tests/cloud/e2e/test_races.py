"""Callers racing for the last units through the gateway: exactly as many pass as there are."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import client

CALLS, CALLERS = 200, 8


@pytest.mark.parametrize("limits, units", [
    ({"quota_max": 60, "quota_renewal_rate": 3600}, 60),
    ({"rate": 40, "per": 600, "quota_max": -1}, 40),
], ids=["quota", "rate"])
def test_a_race_takes_exactly_what_there_is(cloud, limits, units):
    cloud.configure()
    # No limit of an organisation, from an earlier test, may apply as well.
    cloud.empty_store()
    body = {"org_id": "default", "access_rights": {"race": {}}, **limits}
    key = cloud.admin_call("POST", "/tyk/keys/create", body).json()["key"]
    url, bearer = cloud.url, {"authorization": f"Bearer {cloud.admin}"}

    def call(_):
        return client.send(url, "POST", "/v1/keys/verify", bearer, {"key": key, "api": "race"}).json()["code"]

    with ThreadPoolExecutor(CALLERS) as callers:
        codes = Counter(callers.map(call, range(CALLS)))
    refused = "quota_exceeded" if "quota_renewal_rate" in limits else "rate_limited"
    assert codes == {"ok": units, refused: CALLS - units}
