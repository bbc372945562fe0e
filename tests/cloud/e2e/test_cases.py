"""Every black-box case of every dialect, through the gateway; a configuration at a time."""

import pytest

from cases import ONLY_LOCAL, Runner, get_in_each_others_way, groups, load, parameters, title
from cloud import SESSION_SECRET
from stack import PROJECT, Stack

GROUPS = groups(left_out=ONLY_LOCAL)
# Below /sample/ is an API of another stack, which answers what the authorizer says of the API "test".
SAMPLE_API = {"AuthorizerMode": "annotate", "AuthorizerApiId": "test"}


@pytest.fixture(scope="module")
def sample(cloud, emulator):
    """The API behind the authorizer that stands in for the local sample API."""
    stack = Stack(emulator, "sample-api", PROJECT / "tests/cloud/e2e/sample-api.yaml")
    return stack.deploy(AuthorizerArn=cloud.stack.output("AuthorizerArn")).output("ApiUrl")


@pytest.mark.parametrize("settings", GROUPS, ids=lambda settings: f"{len(GROUPS[settings])} cases, {title(settings)}")
def test_every_case_passes(cloud, sample, settings):
    cloud.configure(**parameters(settings), **SAMPLE_API)
    runner = Runner(cloud.url, sample, cloud.admin, SESSION_SECRET)
    if get_in_each_others_way(settings):
        failed = []
        for case in GROUPS[settings]:
            cloud.empty_store()
            failed += runner.run([case])
    else:
        failed = runner.run(GROUPS[settings])
    assert not failed, "\n".join(failed)


def test_cases_that_only_the_local_server_can_run_exist():
    assert ONLY_LOCAL.keys() <= {case.id for case in load()}
