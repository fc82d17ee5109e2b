"""Who asks how a stack is doing hears how it ended, if that is soon: the CDK CLI then need not ask again, 5 s later."""

import json
import time

import pytest

from constructs_lib.local import LocalAws
from tests.local.stack import Stack

pytestmark = pytest.mark.local_aws


def template(seconds: int) -> str:
    """A stack that takes a time, and then fails: nobody gives the signal that it waits for."""
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    wait = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": seconds},
    }
    return json.dumps({"Resources": {"Handle": handle, "Wait": wait}})


def begin(stack: Stack, seconds: int) -> None:
    stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=template(seconds))


def status(stack: Stack) -> str:
    told: str = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]["StackStatus"]
    return told


def test_who_asks_about_one_hears_how_it_ended(stack: Stack) -> None:
    begin(stack, seconds=1)
    assert status(stack) == "ROLLBACK_COMPLETE"


def test_who_asks_about_all_hears_how_they_are_now(stack: Stack, local_aws: LocalAws) -> None:
    begin(stack, seconds=20)
    stacks = local_aws.client("cloudformation").describe_stacks()["Stacks"]
    assert {each["StackName"]: each["StackStatus"] for each in stacks}[stack.name] == "CREATE_IN_PROGRESS"


def test_nobody_waits_for_long(stack: Stack) -> None:
    begin(stack, seconds=20)
    asked = time.monotonic()
    assert status(stack) == "CREATE_IN_PROGRESS"
    assert time.monotonic() - asked < 10


def test_nobody_waits_for_a_stack_that_waits_for_them(stack: Stack) -> None:
    """With a change set under review, the next step is the caller's."""
    stack.cloudformation.create_change_set(
        StackName=stack.name, ChangeSetName="First", ChangeSetType="CREATE", TemplateBody=template(1)
    )
    asked = time.monotonic()
    assert status(stack) == "REVIEW_IN_PROGRESS"
    assert time.monotonic() - asked < 3
