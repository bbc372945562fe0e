"""Latchkey in the cloud: where it answers, its secrets, and what it logged."""

import json
import platform

import client

SESSION_SECRET = "the-session-secret-of-the-end-to-end-tests"


class Cloud:
    """A deployed stack of Latchkey."""

    def __init__(self, emulator, stack, **parameters):
        self.emulator, self.stack = emulator, stack
        self.secrets = emulator.aws("secretsmanager")
        self.session_secret = self.make_secret(f"{stack.name}-session-jwt", SESSION_SECRET)
        self.always = {"Architecture": architecture(), "SessionJwtSecretArn": self.session_secret, **parameters}
        stack.deploy(**self.always)

    def make_secret(self, name, value):
        """The ARN of a secret that now exists."""
        try:
            return self.secrets.create_secret(Name=name, SecretString=value)["ARN"]
        except self.secrets.exceptions.ResourceExistsException:
            return self.secrets.describe_secret(SecretId=name)["ARN"]

    def configure(self, **parameters):
        """Gives the stack these parameters, and defaults for all others."""
        self.stack.configure(**self.always, **parameters)
        return self

    @property
    def url(self):
        return self.stack.output("ApiUrl")

    @property
    def admin(self):
        # The newest is in the first line.
        return self.secret(self.stack.output("AdminSecretArn")).splitlines()[0]

    def secret(self, arn):
        return self.secrets.get_secret_value(SecretId=arn)["SecretString"]

    def tables(self):
        """The names of the tables, by the parameters that take them."""
        return self.outputs("Table")

    def data(self):
        """The tables and secrets, by the parameters with which another stack takes them."""
        return {**self.tables(), **self.outputs("SecretArn")}

    def outputs(self, ending):
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self.stack.described()["Outputs"]}
        return {name: value for name, value in outputs.items() if name.endswith(ending)}

    def requests(self, function):
        """The lines that a function wrote, one for each request, oldest first."""
        name = {"FunctionName": self.stack.resource(logical_id(function))}
        group = self.emulator.aws("lambda").get_function_configuration(**name)["LoggingConfig"]["LogGroup"]
        pages = self.emulator.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]
                 if event["message"].startswith("{")]
        return [line for line in lines if line.get("message") == "request" and line.get("function") == function]

    def empty_store(self):
        """Removes every item of every table."""
        dynamodb = self.emulator.aws("dynamodb")
        for table in self.tables().values():
            schema = dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
            names = [key["AttributeName"] for key in schema]
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    dynamodb.delete_item(TableName=table, Key={name: item[name] for name in names})

    def admin_call(self, method, path, body=None, **headers):
        """Sends a request as the administrator."""
        return client.send(self.url, method, path, {"x-tyk-authorization": self.admin, **headers}, body)


def architecture():
    """The processor of this machine, as the template names it."""
    return {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def logical_id(function):
    """What the template names a function."""
    return "".join(word.title() for word in function.split("-"))
