"""Restores the tables of a stack to one moment, under new names, ready to be deployed.

    make restore STACK=latchkey TIME=2026-01-15T12:00:00Z     that moment
    make restore STACK=latchkey TIME=latest                   the last one that all tables can be restored to

Nothing that exists is changed. A run that was stopped goes on where it was when it is started again with the same
time. The tables of a stack that no longer exists are named: TABLES="KeysTable=NAME OrgKeysTable=NAME ...".
"""

import argparse
import datetime
import sys
import time

import boto3

PARAMETERS = ["KeysTable", "OrgKeysTable", "OrganizationsTable", "UsageTable", "AuditTable"]
PAUSE_SECONDS = 15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("time", help="2026-01-15T12:00:00Z, or latest")
    parser.add_argument("--stack", default="latchkey", help="whose tables are restored")
    parser.add_argument("tables", nargs="*", metavar="KeysTable=NAME", help="all five, in place of the stack's")
    return parser.parse_args()


def sources(stack, named):
    """The name of each table by its parameter: those that were named, or those that the stack uses."""
    if named:
        tables = dict(table.split("=", 1) for table in named if "=" in table)
    else:
        [found] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        tables = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    missing = [parameter for parameter in PARAMETERS if not tables.get(parameter)]
    if missing:
        sys.exit(f"which tables are {', '.join(missing)}?")
    return {parameter: tables[parameter] for parameter in PARAMETERS}


def moment(dynamodb, tables, wanted):
    """The moment to restore to, which every table must be able to."""
    windows = {}
    for table in tables:
        backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        windows[table] = backups.get("PointInTimeRecoveryDescription", {})
        if windows[table].get("PointInTimeRecoveryStatus") != "ENABLED":
            sys.exit(f"{table} has no point-in-time recovery")
    latest = min(window["LatestRestorableDateTime"] for window in windows.values())
    earliest = max(window["EarliestRestorableDateTime"] for window in windows.values())
    at = latest if wanted == "latest" else parsed(wanted)
    if not earliest <= at <= latest:
        sys.exit(f"the tables can be restored to a moment from {earliest.isoformat()} to {latest.isoformat()}")
    return at.astimezone(datetime.timezone.utc)


def parsed(text):
    try:
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        sys.exit(f"{text} is not a time such as 2026-01-15T12:00:00Z")
    if at.tzinfo is None:
        sys.exit(f"{text} needs a time zone, such as Z")
    return at


def description(dynamodb, table):
    """What DynamoDB says of the table; None if there is none."""
    try:
        return dynamodb.describe_table(TableName=table)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return None


def start(dynamodb, source, target, at):
    """Starts to restore a table, unless that was done before."""
    if description(dynamodb, target):
        print(f"{target} exists already")
        return
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=source, TargetTableName=target, RestoreDateTime=at, BillingModeOverride="PAY_PER_REQUEST"
    )
    print(f"{source} is being restored as {target}")


def wait(dynamodb, target):
    while description(dynamodb, target)["TableStatus"] != "ACTIVE":
        time.sleep(PAUSE_SECONDS)


def protect(dynamodb, source, target):
    """Gives a restored table what a restore leaves out: time to live, recovery and protection."""
    live = dynamodb.describe_time_to_live(TableName=source)["TimeToLiveDescription"]
    restored = dynamodb.describe_time_to_live(TableName=target)["TimeToLiveDescription"]
    if live.get("AttributeName") and restored.get("TimeToLiveStatus", "DISABLED") == "DISABLED":
        specification = {"AttributeName": live["AttributeName"], "Enabled": True}
        dynamodb.update_time_to_live(TableName=target, TimeToLiveSpecification=specification)
    dynamodb.update_continuous_backups(
        TableName=target, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    if not description(dynamodb, target).get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=target, DeletionProtectionEnabled=True)
        wait(dynamodb, target)
    print(f"{target} is ready")


def main():
    given = arguments()
    dynamodb = boto3.client("dynamodb")
    tables = sources(given.stack, given.tables)
    at = moment(dynamodb, tables.values(), given.time)
    suffix = at.strftime("%Y%m%dT%H%M%SZ")
    targets = {parameter: f"{given.stack}-{parameter.removesuffix('Table')}-{suffix}" for parameter in PARAMETERS}
    for parameter in PARAMETERS:
        start(dynamodb, tables[parameter], targets[parameter], at)
    for parameter in PARAMETERS:
        wait(dynamodb, targets[parameter])
        protect(dynamodb, tables[parameter], targets[parameter])
    names = " ".join(f"{parameter}={target}" for parameter, target in targets.items())
    print(f'\nPut them into service with:\n\n  make deploy STACK={given.stack} ARGS="{names}"')


if __name__ == "__main__":
    main()
