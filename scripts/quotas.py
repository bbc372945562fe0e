"""Translates template.yaml as CloudFormation would, and compares the result with AWS's quotas.

Run by `make template`, with the Python of SAM's CLI, which brings AWS's own translator.
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# Parameters for which the template makes the most resources and the longest policies.
EVERYTHING = {
    "VerifyUrl": "true",
    "DomainName": "keys.example.com",
    "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    "CorsOrigins": "*",
    "Tracing": "Active",
}

# How long a name or an ARN may become that CloudFormation gives.
LONGEST_NAME = "n" * 255
LONGEST_ARN = "arn:aws:dynamodb:ap-southeast-2:123456789012:table/" + LONGEST_NAME


class ManagedPolicies:
    """The ARNs of AWS's own policies, which the translator would look up."""

    def load(self):
        names = ["AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess"]
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in names}


def uploaded(node):
    """The same with code that is already in S3, as `sam deploy` hands it over."""
    if isinstance(node, dict):
        return {name: "s3://bucket/code" if name == "CodeUri" else uploaded(value) for name, value in node.items()}
    return [uploaded(value) for value in node] if isinstance(node, list) else node


def resolved(node, parameters):
    """The value as deployed: parameters, and of anything that CloudFormation names the longest it may be."""
    if isinstance(node, list):
        return [resolved(value, parameters) for value in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"}:
        return "" if node["Ref"] == "AWS::NoValue" else parameters.get(node["Ref"], LONGEST_NAME)
    if set(node) == {"Fn::GetAtt"} or set(node) == {"Fn::Sub"}:
        return LONGEST_ARN
    if set(node) == {"Fn::If"}:
        branches = [resolved(value, parameters) for value in node["Fn::If"][1:]]
        return max(branches, key=lambda value: len(json.dumps(value)))
    return {name: resolved(value, parameters) for name, value in node.items()}


def measured(template, parameters):
    """Each quota: what it limits, of which resource, how much there is, and how much there may be."""
    resources = template["Resources"]
    text = json.dumps(template)
    yield "bytes of the template", "", len(text.encode()), 1_000_000
    yield "resources", "", len(resources), 500
    yield "parameters", "", len(template["Parameters"]), 200
    yield "outputs", "", len(template["Outputs"]), 200
    yield "dynamic references", "", text.count("{{resolve:"), 60
    for name, resource in resources.items():
        for what, count, quota in measured_of(resource["Type"], resource.get("Properties", {}), parameters):
            yield what, name, count, quota


def measured_of(kind, properties, parameters):
    """The quotas of one resource."""
    if kind == "AWS::ApiGatewayV2::Api":
        yield "routes", sum(len(path) for path in properties["Body"]["paths"].values()), 300
    if kind == "AWS::Lambda::Function":
        variables = resolved(properties["Environment"]["Variables"], parameters)
        yield "bytes of variables", sum(len(name) + len(str(value)) for name, value in variables.items()), 4096
    if kind == "AWS::IAM::Role":
        policies = [resolved(policy["PolicyDocument"], parameters) for policy in properties.get("Policies", [])]
        size = sum(len(json.dumps(policy, separators=(",", ":"))) for policy in policies)
        yield "characters of policies", size, 10_240
        yield "managed policies", len(properties["ManagedPolicyArns"]), 10


def main(path):
    with open(path, encoding="utf-8") as file:
        template = uploaded(yaml_parse(file.read()))
    defaults = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
    unknown = set(EVERYTHING) - set(defaults)
    if unknown:
        sys.exit(f"{path} has no parameters {sorted(unknown)}")
    parameters = {**defaults, **EVERYTHING}
    largest = {}
    for what, name, count, quota in measured(transform(template, parameters, ManagedPolicies()), parameters):
        if count >= largest.get(what, (-1,))[0]:
            largest[what] = (count, quota, name)
    for what, (count, quota, name) in largest.items():
        print(f"{count:>9,} of {quota:>9,} {what}{' of ' + name if name else ''}")
    over = [what for what, (count, quota, _) in largest.items() if count > quota]
    if over:
        sys.exit(f"over AWS's quota: {', '.join(over)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "template.yaml")
