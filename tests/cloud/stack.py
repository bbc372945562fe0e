"""Stacks on the emulator: deployed by `sam deploy`, changed, and deleted."""

import shutil
import subprocess
from pathlib import Path

from botocore.exceptions import ClientError

PROJECT = Path(__file__).resolve().parents[2]
SAM = PROJECT / ".tools/sam/bin/sam"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


class DeployFailed(Exception):
    """CloudFormation refused; the text says why."""


class Stack:
    """A stack named `name` of the template at `template`."""

    def __init__(self, emulator, name, template):
        self.emulator, self.name, self.template = emulator, name, template
        self.cloudformation = emulator.aws("cloudformation")

    def deploy(self, **parameters):
        """Deploys the template as a user does."""
        command = [SAM, "deploy", "--template-file", self.template, "--stack-name", self.name, "--resolve-s3",
                   "--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset", "--no-progressbar"]
        if parameters:
            command += ["--parameter-overrides", *(f"{name}={quoted(value)}" for name, value in parameters.items())]
        done = subprocess.run(command, env=self.emulator.environment(), cwd=self.emulator.folder,
                              capture_output=True, text=True)
        if done.returncode:
            raise DeployFailed(f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}")
        return self

    def configure(self, **parameters):
        """Gives the deployed template these parameters, and its defaults for all others."""
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        try:
            self.cloudformation.update_stack(StackName=self.name, UsePreviousTemplate=True, Parameters=given,
                                             Capabilities=CAPABILITIES)
        except ClientError as error:
            if "No updates" not in str(error):
                raise
            return self
        waiter = self.cloudformation.get_waiter("stack_update_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        return self

    def delete(self):
        """Deletes the stack, and waits until it is gone."""
        self.cloudformation.delete_stack(StackName=self.name)
        waiter = self.cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def status(self):
        """How the last deploy ended."""
        return self.described()["StackStatus"]

    def described(self):
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]

    def output(self, name):
        """The value of an output."""
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self.described().get("Outputs", [])}
        return outputs[name]

    def resource(self, logical):
        """The physical id of a resource."""
        found = self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def resources(self):
        """The logical and physical ids of all resources, and their types."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [resource for page in pages for resource in page["StackResourceSummaries"]]


def quoted(value):
    """A value as `--parameter-overrides` reads it: an empty one needs its quotes."""
    return value if value else '""'


def stage(folder, binaries):
    """The folder that is deployed: the template as it is, and the functions without their debugging symbols."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(PROJECT / "template.yaml", folder)
    strip = shutil.which("strip")
    for source in sorted((PROJECT / "functions/src/bin").glob("*.rs")):
        binary, bootstrap = binaries / source.stem, folder / "target/lambda" / source.stem / "bootstrap"
        bootstrap.parent.mkdir(parents=True)
        if strip:
            subprocess.run([strip, "-o", bootstrap, binary], check=True)
        else:
            shutil.copy(binary, bootstrap)
    return folder / "template.yaml"
