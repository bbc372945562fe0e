"""The built `latchkey`, as its user starts it."""

import os
import subprocess

import client


class LocalServer:
    """A local server with its data in `folder`, or on the DynamoDB that its settings name."""

    def __init__(self, binary, folder, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.admin, self.log = settings["LATCHKEY_ADMIN_SECRET"], folder / "server.log"
        self.process = subprocess.Popen(
            [binary, "--listen", "127.0.0.1:0", "--data", folder / "data"], cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **settings},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True,
        )
        self.url = self.address()

    def address(self):
        """Where it listens; it says so once it answers."""
        for line in self.process.stdout:
            if "http://127.0.0.1:" in line:
                return "http://" + line.split("http://")[1].strip()
        raise RuntimeError(f"the local server did not start:\n{self.log.read_text()}")

    def admin_call(self, method, path, body=None, **headers):
        """Sends a request as the administrator."""
        return client.send(self.url, method, path, {"x-tyk-authorization": self.admin, **headers}, body)

    def stop(self):
        self.process.kill()
        self.process.wait()
