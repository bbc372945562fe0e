"""The engines that answer as DynamoDB: the one in `latchkey`, moto and ministack."""

import os
import subprocess
import sys
import time

import boto3
from botocore.config import Config

import client
from emulator import Emulator, free_port

REGION = "us-east-1"
CREDENTIALS = {"AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def dynamodb(endpoint):
    """A client that sends each request once, and as it is."""
    return boto3.client(
        "dynamodb", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )


class Embedded:
    """The engine of the local server, on a port of its own."""

    def __init__(self, folder, binaries):
        self.process = subprocess.Popen(
            [binaries / "latchkey", "dynamodb", "--listen", "127.0.0.1:0", "--data", folder / "embedded"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )
        self.endpoint = self.process.stdout.readline().strip()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Moto:
    """moto's server."""

    def __init__(self, folder, _binaries):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=(folder / "moto.log").open("w"), stderr=subprocess.STDOUT,
        )
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        for _ in range(300):
            try:
                client.send(self.endpoint, "GET", "/moto-api/data.json")
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("moto did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Ministack(Emulator):
    """The emulator of `make e2e`."""

    def __init__(self, folder, _binaries):
        super().__init__(folder / "ministack")


ENGINES = {"embedded": Embedded, "moto": Moto, "ministack": Ministack}
# What servers run on. Not moto: it has no locks, and copies all tables for each transaction.
STORES = ["ministack"]
