"""HTTP as it stands on the wire: any byte may be sent, and names resolve to this machine."""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urlsplit

PATIENCE = 60


@dataclass
class Reply:
    """An answer: its status, its headers with names in lower case, and its body."""

    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


def send(base, method, path, headers=None, body=None):
    """Sends one request below the URL `base`. A body that is neither bytes nor text is sent as JSON."""
    url = urlsplit(base)
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not None:
        headers.setdefault("content-type", "application/json")
        body = body if isinstance(body, (bytes, str)) else json.dumps(body)
    body = to_bytes(body or b"")
    lines = [b"%s %s HTTP/1.1" % (method.encode(), to_bytes(url.path.rstrip("/")) + to_bytes(path))]
    lines += [b"host: " + url.netloc.encode(), b"connection: close", b"content-length: %d" % len(body)]
    lines += [b"%s: %s" % (to_bytes(name), to_bytes(value)) for name, value in headers.items() if name != "host"]
    with socket.create_connection(("127.0.0.1", url.port), timeout=PATIENCE) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def to_bytes(text):
    return text if isinstance(text, bytes) else str(text).encode()
