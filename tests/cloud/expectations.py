"""The placeholders of a black-box case, and what it expects of an answer; see tests/api/cases."""

import json
import re
import secrets
import time
from datetime import datetime, timezone

PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")
NOW = re.compile(r"now(?:([+-]\d+)([smhd]?))?")
ELEMENT = re.compile(r"\$\.(\w+)\[\?\(@\.(\w+)=='(.*)'\)\]\.(\w+)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
FILTERS = {
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "rfc3339": lambda value: datetime.fromtimestamp(value, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda value: datetime.fromtimestamp(value, timezone.utc).strftime("%Y-%m-%d"),
}


class Mismatch(Exception):
    """What is not as expected."""


def check(right, problem):
    if not right:
        raise Mismatch(problem)


class Names(dict):
    """What the placeholders of one case stand for."""

    def __init__(self, admin, **more):
        fresh = secrets.token_hex(6)
        super().__init__(admin=admin, run=fresh, uniq=fresh, **more)
        self.now = int(time.time())

    def fill(self, template):
        """A JSON value without placeholders; one that is the whole text keeps the type of its value."""
        if isinstance(template, str):
            whole = PLACEHOLDER.fullmatch(template)
            return self.value(whole[1]) if whole else self.text(template)
        if isinstance(template, list):
            return [self.fill(item) for item in template]
        if isinstance(template, dict):
            return {self.text(name): self.fill(value) for name, value in template.items()}
        return template

    def text(self, template):
        return PLACEHOLDER.sub(lambda found: plain(self.value(found[1])), template)

    def pattern(self, template):
        """A pattern in which placeholders stand for themselves."""
        return PLACEHOLDER.sub(lambda found: re.escape(plain(self.value(found[1]))), template)

    def value(self, expression):
        name, *filters = expression.strip().split("|")
        value = self.named(name.removeprefix("int:"))
        for each in filters:
            value = str(value)[-int(each[4:]):] if each.startswith("last") else FILTERS[each](value)
        return int(value) if name.startswith("int:") else value

    def named(self, name):
        if found := NOW.fullmatch(name):
            return self.now + int(found[1] or 0) * SECONDS[found[2] or ""]
        return FILTERS["date"](self.now) if name == "today" else self[name]


def plain(value):
    """A value as it stands within a text."""
    return value if isinstance(value, str) else json.dumps(value)


def find(body, path):
    """What is at a path: a JSON pointer, `$.a.b`, or `$.list[?(@.f=='v')].g`."""
    if found := ELEMENT.fullmatch(path):
        elements, member, value, wanted = found.groups()
        return next(element for element in body[elements] if element.get(member) == value)[wanted]
    if path.startswith("$."):
        parts = path[2:].split(".")
    else:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]
    for part in parts:
        body = body[int(part)] if isinstance(body, list) else body[part]
    return body


def is_at(body, path):
    try:
        find(body, path)
    except (KeyError, IndexError, TypeError, ValueError, StopIteration):
        return False
    return True


def within(want, got, whole_lists, at="$"):
    """Everything in `want` is in `got`; a list is the whole list, or some of its elements."""
    if isinstance(want, dict) and isinstance(got, dict):
        for name, value in want.items():
            check(name in got, f"{at}.{name} is absent")
            within(value, got[name], whole_lists, f"{at}.{name}")
    elif isinstance(want, list) and isinstance(got, list) and not whole_lists:
        for value in want:
            check(any(is_within(value, element) for element in got), f"{at}: no element like {value}")
    else:
        check(want == got, f"{at}: want {want}, got {got}")


def is_within(want, got):
    try:
        within(want, got, whole_lists=False)
    except Mismatch:
        return False
    return True


def seconds(value):
    """A time as seconds: a number, digits in a text, or RFC 3339."""
    if not isinstance(value, str):
        return value
    return float(value) if re.fullmatch(r"[\d.]+", value) else datetime.fromisoformat(value).timestamp()


def check_reply(expected, reply, names, whole_lists):
    """Raises `Mismatch` unless the answer is as expected."""
    try:
        body = json.loads(reply.text) if reply.text.strip() else None
    except ValueError:
        body = ValueError
    shown = f"{reply.status} {reply.text[:300]!r}"
    for kind in sorted(expected, key=lambda kind: kind != "status"):
        want = expected[kind]
        match kind:
            case "status":
                check(reply.status in (want if isinstance(want, list) else [want]), f"{shown}, want {want}")
            case "body_equals":
                check_equal(names.fill(want), reply.text, body)
            case "body_subset":
                check(body not in (None, ValueError), f"{shown} is no JSON")
                within(names.fill(want), body, whole_lists)
            case "body_regex":
                check(re.search(names.pattern(want), reply.text), f"{shown} does not match {want}")
            case "body_not_regex":
                check(not re.search(names.pattern(want), reply.text), f"{shown} matches {want}")
            case "body_absent":
                present = [path for path in want if is_at(body, path)]
                check(not present, f"{shown}: {present} are present")
            case "body_now":
                for path, (offset, tolerance) in want.items():
                    check(is_at(body, path), f"{path} is absent")
                    off = seconds(find(body, path)) - time.time() - offset
                    check(abs(off) <= tolerance, f"{path} is {off} seconds off")
            case "response_headers":
                for name, pattern in want.items():
                    value = reply.headers.get(name.lower(), "")
                    check(re.search(names.pattern(pattern), value), f"header {name} is {value!r}, want {pattern}")
            case "response_headers_absent":
                present = [name for name in want if name.lower() in reply.headers]
                check(not present, f"headers {present} are present")
            case _:
                raise Mismatch(f"unknown expectation {kind}")


def check_equal(want, text, body):
    if isinstance(want, str) and (body is ValueError or not want):
        check(text.strip() == want.strip(), f"body {text[:300]!r}, want {want!r}")
    else:
        check(body == want, f"body {text[:300]!r}, want {want}")
