"""A stub of Lambda's Runtime API for one process."""

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TIMEOUT = 10


class RuntimeApi:
    """The Runtime API of one process: it hands out one event, and keeps the answer."""

    def __init__(self, event):
        events, self.answers = queue.SimpleQueue(), queue.SimpleQueue()
        events.put(event)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(events, self.answers))
        # The process is killed while it waits for its next event.
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def handler(events, answers):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            event = json.dumps(events.get()).encode()
            self.send_response(200)
            self.send_header("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000000")
            self.send_header("lambda-runtime-deadline-ms", str(int((time.time() + TIMEOUT) * 1000)))
            self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
            self.finish_with(event)

        def do_POST(self):
            answer = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(202)
            self.finish_with(b"")
            answers.put(answer if self.path.endswith("/response") else {"error": answer})

        def finish_with(self, body):
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
