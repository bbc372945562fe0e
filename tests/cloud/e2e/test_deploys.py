"""Deploys: again without changes, after one that failed, after a stack was deleted, and of restored tables."""

import subprocess
import sys

import pytest

from cloud import Cloud
from stack import PROJECT, DeployFailed, Stack

KEY = {"org_id": "default", "rate": 1000, "per": 60, "quota_max": -1, "access_rights": {"test": {"api_id": "test"}}}
TABLES = ("KeysTable=", "OrgKeysTable=", "OrganizationsTable=", "UsageTable=", "AuditTable=")
# No alarm can be made of nothing; it comes last.
BROKEN = """
Resources:
  Broken:
    Type: AWS::CloudWatch::Alarm
    DependsOn: [Unrouted, GateVerify, TykCreateKey]
    Properties: { ComparisonOperator: GreaterThanThreshold, Threshold: 0, EvaluationPeriods: 1 }
"""


@pytest.fixture(scope="module")
def packaged(cloud, folder):
    """The template as `sam deploy` uploaded it: the functions are not packed a second time."""
    uploaded = cloud.stack.cloudformation.get_template(StackName=cloud.stack.name, TemplateStage="Original")
    path = folder / "packaged.yaml"
    path.write_text(uploaded["TemplateBody"])
    return path


def make_key(cloud):
    made = cloud.admin_call("POST", "/tyk/keys/create", KEY)
    assert made.status == 200, made
    return made.json()["key"]


def is_found(cloud, key):
    return cloud.admin_call("GET", f"/tyk/keys/{key}").status == 200


def test_a_deploy_without_changes_succeeds(cloud):
    cloud.configure()
    key = make_key(cloud)
    cloud.stack.deploy(**cloud.always)
    assert is_found(cloud, key)


def test_a_first_deploy_that_failed_can_be_repeated_and_a_deleted_stack_made_again(emulator, packaged, folder):
    broken = folder / "broken.yaml"
    broken.write_text(packaged.read_text().replace("\nResources:\n", BROKEN, 1))
    with pytest.raises(DeployFailed):
        Cloud(emulator, Stack(emulator, "second", broken))
    failed = Stack(emulator, "second", packaged)
    assert failed.status() == "ROLLBACK_COMPLETE"
    failed.delete()

    first = Cloud(emulator, Stack(emulator, "second", packaged))
    key, data = make_key(first), first.data()
    first.stack.delete()
    with_data = Cloud(emulator, Stack(emulator, "second", packaged), **data)
    assert is_found(with_data, key)
    with_data.stack.delete()
    # Last, because the emulator gives new secrets the names of those that a deleted stack has left; AWS never does.
    again = Cloud(emulator, Stack(emulator, "second", packaged))
    assert not is_found(again, key)
    assert is_found(again, make_key(again))


def test_restored_tables_come_into_service_and_keep_the_keys_of_their_moment(cloud, emulator, packaged):
    stack = Stack(emulator, "third", packaged)
    third = Cloud(emulator, stack)
    kept = make_key(third)
    restored = restore(emulator, stack.name)
    later = make_key(third)
    third.configure(**restored)
    assert is_found(third, kept)
    assert not is_found(third, later)
    assert is_found(third, make_key(third))


def restore(emulator, stack):
    """Restores a stack's tables with `make restore`'s script: the parameters that bring them into service."""
    command = [sys.executable, PROJECT / "scripts/restore.py", "--stack", stack, "latest"]
    printed = subprocess.run(command, env=emulator.environment(), capture_output=True, text=True, check=True).stdout
    words = [word.strip('"').removeprefix('ARGS="') for word in printed.split()]
    return dict(word.split("=") for word in words if word.startswith(TABLES))
