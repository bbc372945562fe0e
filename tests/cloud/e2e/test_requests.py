"""Any request gets the answer in the cloud that the local server gives, except where a gateway cannot."""

import gzip

import pytest

import client
from local_server import LocalServer

KEY = {"org_id": "default", "rate": 10, "per": 1, "quota_max": -1, "access_rights": {"test": {"api_id": "test"}}}


@pytest.fixture(scope="module")
def local(cloud, binaries, folder):
    server = LocalServer(binaries / "latchkey", folder / "local", LATCHKEY_ADMIN_SECRET=cloud.admin)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def both(cloud, local):
    """Sends a request to both, and gives both answers."""
    cloud.configure()
    cloud.empty_store()
    bases = [(local.url, local.admin), (cloud.url, cloud.admin)]

    def send(method, path, headers=None, body=None, secret=True):
        secrets = [{"x-tyk-authorization": admin} if secret else {} for _, admin in bases]
        return [client.send(base, method, path, {**own, **(headers or {})}, body)
                for (base, _), own in zip(bases, secrets)]

    return send


def assert_alike(replies, what):
    local, cloud = replies
    assert (local.status, meaning(local)) == (cloud.status, meaning(cloud)), what


def meaning(reply):
    """What both must have in common: the body, unless it is random."""
    return None if b'"key"' in reply.body else reply.body


@pytest.mark.parametrize("path", ["/tyk/keys/a%{:02X}b", "/tyk/keys?filter=a%{:02X}b"], ids=["path", "query"])
def test_every_escaped_byte_gets_the_same_answer(both, path):
    for byte in range(256):
        replies = both("GET", path.format(byte))
        # A gateway replaces what is no UTF-8 in a path, so the function sees another name, absent as well.
        if "?" in path or byte < 0x80:
            assert_alike(replies, path.format(byte))
        else:
            assert [reply.status for reply in replies] == [404, 404], path.format(byte)


def test_every_byte_as_it_is_gets_the_same_answer_in_a_query(both):
    # A line ends at CR, LF or a space, a query at "#"; "%" begins an escape.
    for byte in set(range(0x21, 0x100)) - set(b"#%"):
        query = b"/tyk/keys?filter=a" + bytes([byte]) + b"b"
        local, cloud = both("GET", query)
        # The local server refuses what RFC 3986 has no place for; what a gateway hands on is data like any other.
        if (local.status, local.body) == (400, b""):
            assert cloud.status < 500, query
        else:
            assert_alike([local, cloud], query)


def test_every_byte_gets_the_same_answer_in_a_header(both):
    # No header may hold a control character but the tabulator.
    values = [b"a" + bytes([byte]) + b"b" for byte in set(range(0x20, 0x100)) - {0x7F} | {9}]
    # The local server takes up to a hundred headers.
    for some in (values[:64], values[64:128], values[128:192], values[192:]):
        odd = {f"x-odd-{number}": value for number, value in enumerate(some)}
        assert_alike(both("GET", "/tyk/keys", odd), some)
    # The local server slows down whoever guesses the secret, so these are some.
    for value in values[::16]:
        assert_alike(both("GET", "/tyk/keys", {"x-tyk-authorization": value}, secret=False), value)


@pytest.mark.parametrize("name", [
    "plain", "a%20b", "a+b", "a%2Bb", "a%5Cb", "u:x@y.z", "a%22b", "a%5Eb%7Cc", "a;b=1", "a,b", "a&b",
])
def test_a_key_is_found_by_the_name_it_was_made_with(both, name):
    assert_alike(both("POST", f"/tyk/keys/{name}", body=KEY), name)
    # The name follows the organisation in the key.
    found = both("GET", f"/tyk/keys/default{name}")
    assert [reply.status for reply in found] == [200, 200], found
    assert_alike(both("DELETE", f"/tyk/keys/default{name}"), name)


# But for `GET /`, where the local server has a page.
@pytest.mark.parametrize("request_", [
    ("POST", "/"), ("GET", "/favicon.ico"), ("GET", "/tyk/nothing"), ("GET", "/v1/nothing"),
    ("GET", "/api/v1/nothing"), ("GET", "/v1/manage/nothing"), ("GET", "/TYK/KEYS"), ("GET", "/tyk//keys"),
    ("GET", "/tyk/keys/"), ("GET", "/tyk/keys/plain/"), ("GET", "/tyk/keys//"), ("GET", "/tyk/keys/a/b"),
    ("GET", "/tyk/keys/..%2Forg%2Fkeys"), ("GET", "/tyk/keys/a%2Fb"), ("GET", "/tyk/org/keys/?limit=1"),
    ("GET", "/tyk/keys?"), ("GET", "/tyk/keys?limit"), ("GET", "/tyk/keys?limit=1&limit=5"),
    ("GET", "/tyk/keys?filter=%ZZ"), ("GET", "/tyk/keys/create"), ("GET", "/tyk/keys/preview"),
    ("HEAD", "/tyk/keys"), ("OPTIONS", "/tyk/keys"), ("PATCH", "/tyk/keys/plain"), ("PUT", "/tyk/keys/policy/x"),
    ("GET", "/tyk/keys/policy/x"), ("GET", "/v1/keys/verify"), ("GET", "/tyk/keys/" + "x" * 600),
], ids=" ".join)
def test_a_route_that_is_odd_or_absent_gets_the_same_answer(both, request_):
    for secret in (True, False):
        assert_alike(both(*request_, secret=secret), f"{request_}, {secret}")


@pytest.mark.parametrize("kind", [
    "application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded",
    "application/octet-stream", "application/vnd.api+json", "text/plain", "",
])
def test_the_type_of_a_body_makes_no_difference(both, kind):
    for body in (KEY, b"\xef\xbb\xbf{}", b'{"alias":"\xff"}', b"", b"[]", b"{", b" " * (1 << 20), b" " * (1 << 20 | 1)):
        replies = both("POST", "/tyk/keys/create", {"content-type": kind}, body)
        assert_alike(replies, f"{kind} {str(body)[:40]}")


def test_a_compressed_body_gets_the_same_answer(both):
    assert_alike(both("POST", "/tyk/keys/create", {"content-encoding": "gzip"}, gzip.compress(b"{}")), "gzip")
