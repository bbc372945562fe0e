#!/usr/bin/env python3
"""Sends sample events to built functions, as Lambda does: a stub of its Runtime API in front, a store behind.

    invoke.py FOLDER                    every function, each with its own event; fails if one does
    invoke.py FOLDER FUNCTION [EVENT]   one of them: prints what it answers

FOLDER is where the built functions are, and the built `latchkey`.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

from local_server import LocalServer
from prepared import Prepared
from runtime_api import TIMEOUT, RuntimeApi

EVENTS = Path(__file__).resolve().parents[2] / "events"
# For trying things out, on a store that is gone afterwards.
ADMIN, SESSION_SECRET = "the-admin-secret-for-trying-events", "the-session-secret-for-trying-events"
SECRETS = {
    "LATCHKEY_ADMIN_SECRET": ADMIN, "LATCHKEY_SESSION_JWT_SECRET": SESSION_SECRET,
    "LATCHKEY_ID_SECRET": "I" * 64, "LATCHKEY_SEAL_SECRETS": f"v1:{'S' * 64}",
}


def main():
    binaries, function, event = (sys.argv[1:] + [None, None])[:3]
    binaries = Path(binaries).resolve()
    with tempfile.TemporaryDirectory() as folder, store(binaries, Path(folder)) as environment:
        values = prepare(binaries, Path(folder), environment)
        if function:
            event = Path(event) if event else EVENTS / f"{function}.json"
            answer = invoke(binaries / function, filled(event, values), environment)
            print(json.dumps(answer, indent=2))
            return 0 if succeeded(function, answer) else 1
        return run_all(binaries, values, environment)


def run_all(binaries, values, environment):
    """Sends each function its event: those that make something first, those that delete it last."""
    failed = 0
    for path in sorted(EVENTS.glob("*.json"), key=turn):
        begun = time.monotonic()
        answer = invoke(binaries / path.stem, filled(path, values), environment)
        fine = succeeded(path.stem, answer)
        failed += not fine
        said = answer.get("statusCode", answer.get("isAuthorized", answer.get("error")))
        print(f"{'ok' if fine else 'FAILED':7} {1000 * (time.monotonic() - begun):5.0f} ms  {path.stem:28} {said}"
              + ("" if fine else f"  {answer}"), flush=True)
    print(f"{failed} failed" if failed else "every function answers")
    return 1 if failed else 0


def turn(path):
    verb = path.stem.partition("-")[2].partition("-")[0]
    return verb not in ("upsert", "create", "set"), verb in ("remove", "delete"), path.stem


def succeeded(function, answer):
    """Whether the function did what its sample event is for."""
    if "isAuthorized" in answer:
        return answer["isAuthorized"] is True
    expected = (404,) if function == "unrouted" else (200, 201, 204)
    return answer.get("statusCode") in expected


@contextmanager
def store(binaries, folder):
    """A DynamoDB on a port: what leads a process to it."""
    command = [binaries / "latchkey", "dynamodb", "--listen", "127.0.0.1:0", "--data", folder / "store"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        endpoint = process.stdout.readline().strip()
        yield {**SECRETS, "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
               "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    finally:
        process.kill()
        process.wait()


def prepare(binaries, folder, environment):
    """Makes what the events name, through a local server on the same store: the values of their placeholders."""
    server = LocalServer(binaries / "latchkey", folder / "server", **environment)
    try:
        sample = {"rate": 1000, "per": 60, "quota_max": -1, "access_rights": {"test": {"api_id": "test"}}}
        server.admin_call("POST", "/tyk/keys/sample-key", sample)
        prepared = Prepared(server.url, ADMIN, SESSION_SECRET)
        # The longest names first: KEY-ID must not be found within another.
        values = {"REPLACE-ME": ADMIN, **requesty(prepared), **gmi(prepared)}
        return dict(sorted(values.items(), key=lambda value: -len(value[0])))
    finally:
        server.stop()


def requesty(prepared):
    wanted = {"name": "sample", "permissions": {"manage": "write", "completions": "write"}}
    make = lambda: prepared.call(ADMIN, "POST", "/v1/manage/apikey", wanted, X_Organization_Id="acme")
    return {"MANAGING-KEY": make()["api_key"], "SAMPLE-KEY-UUID": make()["api_key_id"],
            "SPARE-KEY-UUID": make()["api_key_id"]}


def gmi(prepared):
    """An organisation of an owner and a user, with a key, and somebody whom two organisations invite."""
    (_, _, owner), (_, _, rival) = prepared.user("owner"), prepared.user("rival")
    (user_id, user_email, user), (_, email, invitee) = prepared.user("user"), prepared.user("invitee")
    org = prepared.organisation(owner)
    prepared.invite(owner, org, user_email, "org_user")
    prepared.call(user, "GET", "/api/v1/me/profile")
    key = prepared.call(owner, "POST", f"/api/v1/organizations/{org}/api-keys", {"name": "a key"})["key"]
    for inviter, inviting in ((owner, org), (rival, prepared.organisation(rival))):
        prepared.invite(inviter, inviting, email, "org_user")
    wanted, unwanted = prepared.call(invitee, "GET", "/api/v1/me/profile")["invitations"]
    current = prepared.call(key, "GET", "/api/v1/me/api-keys/current")["key"]["id"]
    return {"SESSION-TOKEN": owner, "INVITEE-TOKEN": invitee, "API-KEY": key, "ORG-ID": org, "KEY-ID": current,
            "USER-ID": user_id, "INVITATION-ID": wanted["id"], "UNWANTED-ID": unwanted["id"],
            "STRANGER-TOKEN": prepared.user("stranger")[2]}


def filled(path, values):
    """The event with what its placeholders stand for."""
    event = path.read_text()
    # The owner of an organisation with members cannot leave it for a new one.
    if path.stem == "gmi-register-org":
        event = event.replace("SESSION-TOKEN", "STRANGER-TOKEN")
    for placeholder, value in values.items():
        event = event.replace(placeholder, value)
    return json.loads(event)


def invoke(binary, event, environment):
    """Starts the function, hands it the event, and takes its answer; an error or its end is one, too."""
    with closing(RuntimeApi(event)) as api:
        process = subprocess.Popen([binary], env={**lambda_environment(binary.name), **environment,
                                                  "AWS_LAMBDA_RUNTIME_API": api.address},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            return api.answers.get(timeout=TIMEOUT + 5)
        except queue.Empty:
            process.kill()
            return {"error": process.stdout.read().decode(errors="replace")[-500:] or "no answer"}
        finally:
            process.kill()
            process.wait()


def lambda_environment(function):
    return {"PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_NAME": function, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local"}


if __name__ == "__main__":
    sys.exit(main())
