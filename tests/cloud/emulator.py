"""AWS on a port of this machine: signatures are verified, and the role of every function is enforced."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config

import client

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY_ID, SECRET_KEY = "test", "test"


class Emulator:
    """A running emulator; its files and its log are in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "emulator.log"
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        # Functions inherit this environment, and so find the emulator's DynamoDB and Secrets Manager.
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "LOG_LEVEL": "INFO",
            "AUTH": "true", "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "localhost",
            "MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT, "IOT_MTLS_ENABLED": "0",
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("gaps.py"))], env=environment, cwd=folder,
            stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=subprocess.STDOUT, start_new_session=True,
        )
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                if client.send(self.endpoint, "GET", "/_ministack/health").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the emulator did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self):
        """Ends it, and every function that it has started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def environment(self):
        """What points AWS's tools at it."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "SAM_CLI_TELEMETRY": "0", "AWS_PAGER": "",
            "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.endpoint,
        }

    def at(self, api):
        """Where an API answers that no output leads to."""
        return f"http://{api}.execute-api.localhost:{self.endpoint.rsplit(':', 1)[1]}"

    def aws(self, service):
        """A client of one of AWS's services."""
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET_KEY, config=Config(read_timeout=120, retries={"max_attempts": 1}),
        )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
