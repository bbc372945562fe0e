"""The black-box cases of tests/cases, run through an API endpoint."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import client
from expectations import Mismatch, Names, check_reply, find, plain
from prepared import LIFETIME, MAX_KEYS, Prepared
from stack import PROJECT

FILES = sorted((PROJECT / "tests/cases").glob("*.jsonl"))
# The lists of these hold more than a case knows of, as in tests/api/cases.
LISTS_IN_PART = {"gmi", "requesty", "tyk-policies"}
SETTINGS = {
    "edition": "LATCHKEY_TYK_EDITION", "apis": "LATCHKEY_APIS", "allow_master_keys": "LATCHKEY_ALLOW_MASTER_KEYS",
    "hash_keys": "LATCHKEY_HASH_KEYS", "min_token_length": "LATCHKEY_MIN_TOKEN_LENGTH",
    "enforce_org_quotas": "LATCHKEY_ENFORCE_ORG_LIMITS",
    "rate_limit_response_headers": "LATCHKEY_RATE_LIMIT_HEADERS",
}
# What the local server's sample API shows and an authorizer cannot: it neither sees the answer nor writes it.
ONLY_LOCAL = {
    "dp-001": "X-RateLimit-* say how many units are left",
    "dp-009": "the edition decides whether there is Retry-After",
    "dp-015": "errors have the header X-Generator",
    "dp-031": "a setting of the sample API decides what X-RateLimit-* show",
    "dp-043": "without a key the authorizer knows no organisation",
}


@dataclass
class Case:
    """A line of a file of cases."""

    file: str
    id: str
    config: dict
    steps: list

    def settings(self):
        """The settings that its configuration stands for."""
        config = {"enforce_org_quotas": False, **self.config}
        named = {SETTINGS[key]: text(value) for key, value in config.items()}
        return tuple(sorted({"LATCHKEY_MAX_KEYS_PER_ORG": str(MAX_KEYS), **named}.items()))


def parameters(settings):
    """The parameters of the template that set these settings."""
    return {name.removeprefix("LATCHKEY_").title().replace("_", ""): value for name, value in settings}


def title(settings):
    """What is not always set, as the name of a test."""
    always = {("LATCHKEY_MAX_KEYS_PER_ORG", str(MAX_KEYS)), ("LATCHKEY_ENFORCE_ORG_LIMITS", "false")}
    shown = parameters(setting for setting in settings if setting not in always)
    return " ".join(f"{name}={value}" for name, value in shown.items()) or "defaults"


def text(value):
    """A configured value as a parameter; only the first word of an API is ours."""
    if isinstance(value, list):
        return ",".join(api.split()[0] for api in value)
    return plain(value)


def load():
    """All cases."""
    cases = []
    for file in FILES:
        for line in file.read_text().splitlines():
            case = json.loads(line)
            cases.append(Case(file.stem, case["id"], case.get("config") or {}, case["steps"]))
    return cases


def groups(left_out=()):
    """All cases but those, by their settings."""
    found = {}
    for case in load():
        if case.id not in left_out:
            found.setdefault(case.settings(), []).append(case)
    return found


def get_in_each_others_way(settings):
    """Whether each case needs a store of its own: where limits of organisations apply, they share an organisation."""
    return dict(settings)["LATCHKEY_ENFORCE_ORG_LIMITS"] == "true"


class Runner:
    """Runs cases: requests below /sample/ go to `sample`, an API behind the authorizer, all others to `base`."""

    def __init__(self, base, sample, admin, session_secret):
        self.base, self.sample, self.admin = base, sample, admin
        self.prepared = Prepared(base, admin, session_secret)

    def run(self, cases):
        """What failed: the ids of cases, and why."""
        with ThreadPoolExecutor(4) as pool:
            names = list(pool.map(self.prepare, cases))
            wanted = time.time() + LIFETIME + 2 if any("expired_key_id" in each for each in names) else 0
            time.sleep(max(0, wanted - time.time()))
            problems = list(pool.map(self.follow, cases, names))
        return [f"{case.id}: {problem}" for case, problem in zip(cases, problems) if problem]

    def prepare(self, case):
        if case.id.startswith("gmi"):
            return self.prepared.gmi()
        return self.prepared.requesty() if case.id.startswith("req") else {}

    def follow(self, case, prepared):
        names = Names(self.admin, **prepared)
        for number, step in enumerate(case.steps, 1):
            try:
                self.take(step, names, whole_lists=case.file not in LISTS_IN_PART)
            except (Mismatch, KeyError, OSError) as problem:
                return f"step {number} {step['method']} {step['path']}: {problem!r}"
        return None

    def take(self, step, names, whole_lists):
        time.sleep(step.get("wait_s", 0))
        headers = {name: names.text(value) for name, value in step.get("headers", {}).items()}
        body = names.fill(step.get("body"))
        path = names.text(step["path"])
        base = self.sample if path.startswith("/sample/") else self.base
        reply = client.send(base, step["method"], path, headers, None if body is None else plain(body))
        check_reply(step.get("expect", {}), reply, names, whole_lists)
        for name, at in step.get("capture", {}).items():
            names[name] = find(reply.json(), names.text(at))
