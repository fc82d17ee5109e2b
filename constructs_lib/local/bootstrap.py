"""What `cdk bootstrap` makes in an account: the bucket and the roles that every deployment goes through."""

import subprocess
from collections.abc import Mapping
from typing import Any

from constructs_lib.local.cdk_cli import find_cdk_cli
from constructs_lib.local.errors import LocalAwsError

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
"""The policy that CloudFormation deploys under, as `cdk bootstrap` has it unless told otherwise."""

_STACK_NAME = "CDKToolkit"
_POLICIES = {"ParameterKey": "CloudFormationExecutionPolicies", "ParameterValue": ADMINISTRATOR_ACCESS}


def is_bootstrapped(cloudformation: Any) -> bool:
    """Tell whether the client's region is."""
    return any(stack["StackName"] == _STACK_NAME for stack in cloudformation.describe_stacks()["Stacks"])


def bootstrap_template(environment: Mapping[str, str]) -> str:
    """Ask the CDK CLI for the template that it bootstraps with."""
    command = [*find_cdk_cli().command, "bootstrap", "--show-template"]
    shown = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if shown.returncode:
        raise LocalAwsError(f"the CDK CLI does not show its bootstrap template: {shown.stderr.strip()}")
    return shown.stdout


def bootstrap(cloudformation: Any, template: str) -> None:
    """Deploy the template: what `cdk bootstrap` does, in a tenth of its time."""
    cloudformation.create_stack(
        StackName=_STACK_NAME, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"], Parameters=[_POLICIES]
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=_STACK_NAME, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
