"""Latchkey in the cloud: where it answers, its secrets, and what it logged."""

import platform

import client

SESSION_SECRET = "the-session-secret-of-the-end-to-end-tests"


class Cloud:
    """A deployed stack of Latchkey."""

    def __init__(self, emulator, stack):
        self.emulator, self.stack = emulator, stack
        self.secrets = emulator.aws("secretsmanager")
        session = self.secrets.create_secret(Name="session-jwt", SecretString=SESSION_SECRET)["ARN"]
        self.always = {"Architecture": architecture(), "SessionJwtSecretArn": session}
        stack.deploy(**self.always)

    def configure(self, **parameters):
        """Gives the stack these parameters, and defaults for all others."""
        self.stack.configure(**self.always, **parameters)
        return self

    @property
    def url(self):
        return self.stack.output("ApiUrl")

    @property
    def admin(self):
        return self.secret(self.stack.output("AdminSecretArn"))

    def secret(self, arn):
        return self.secrets.get_secret_value(SecretId=arn)["SecretString"]

    def tables(self):
        """The names of the stack's tables, by their logical ids."""
        found = self.stack.resources()
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found
                if each["ResourceType"] == "AWS::DynamoDB::Table"}

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
