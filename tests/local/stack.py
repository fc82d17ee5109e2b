"""A stack of a few resources, deployed straight through CloudFormation."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from botocore.exceptions import WaiterError

from constructs_lib.local import LocalAws

Resources = dict[str, Any]

GROUP: Resources = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "test"}}
ROLE: Resources = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


def allows(service: str, action: str, resource: Any) -> Resources:
    """A role that a service assumes, with one right."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    grant = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = {"PolicyName": "Right", "PolicyDocument": {"Version": "2012-10-17", "Statement": [grant]}}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "Policies": [policy]}}


def having(resource: Resources, **properties: Any) -> Resources:
    """A resource, with some properties changed."""
    return resource | {"Properties": resource["Properties"] | properties}


def without(resource: Resources, *names: str) -> Resources:
    """A resource without some properties."""
    kept = {name: value for name, value in resource["Properties"].items() if name not in names}
    return resource | {"Properties": kept}


def connect(aws: LocalAws, host: str, **options: Any) -> "psycopg.Connection[Any]":
    """Connect to PostgreSQL at an endpoint, as on AWS over TLS that is verified."""
    usual: dict[str, Any] = {"port": 5432, "sslmode": "verify-full", "sslrootcert": aws.environment["SSL_CERT_FILE"]}
    return psycopg.connect(host=host, autocommit=True, **usual | options)


class DeploymentError(Exception):
    """Resources failed; their reasons."""


class Stack:
    """A stack of resources, as a template names them."""

    def __init__(self, aws: LocalAws, name: str, region: str | None = None) -> None:
        self.cloudformation = aws.client("cloudformation", region)
        self.name = name

    def deploy(self, resources: Resources, outputs: dict[str, Any] | None = None) -> dict[str, str]:
        """Create or update it; give its outputs."""
        told = {name: {"Value": value} for name, value in (outputs or {}).items()}
        body = json.dumps({"Resources": resources, "Outputs": told})
        exists = any(stack["StackName"] == self.name for stack in self.cloudformation.describe_stacks()["Stacks"])
        change = self.cloudformation.update_stack if exists else self.cloudformation.create_stack
        change(StackName=self.name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        self.wait("stack_update_complete" if exists else "stack_create_complete")
        described = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    @contextmanager
    def changed(self, resources: Resources, **changes: Resources | None) -> Iterator[None]:
        """Deploy it with other resources, or without some, for a while."""
        changed = resources | changes
        self.deploy({name: resource for name, resource in changed.items() if resource})
        try:
            yield
        finally:
            self.deploy(resources)

    def delete(self) -> None:
        """Delete it, if it is there."""
        self.cloudformation.delete_stack(StackName=self.name)
        self.wait("stack_delete_complete")

    def wait(self, end: str) -> None:
        """Wait for an end."""
        config = {"Delay": 0.1, "MaxAttempts": 300}
        try:
            self.cloudformation.get_waiter(end).wait(StackName=self.name, WaiterConfig=config)
        except WaiterError as error:
            raise DeploymentError(self.failures()) from error

    def failures(self) -> list[str]:
        """Tell why resources failed."""
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")]
