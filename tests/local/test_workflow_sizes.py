"""What a workflow may carry: 256 KiB to a task, from a task, and in what one state assigns."""

import json
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.local.test_workflow_tasks import TRUST, ended

pytestmark = pytest.mark.local_aws

LONGEST = 256 * 1024


@pytest.fixture(scope="module")
def role(local_aws: LocalAws) -> str:
    """A role that may use the table of big items."""
    iam, dynamodb = local_aws.client("iam"), local_aws.client("dynamodb")
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    dynamodb.create_table(
        TableName="big", KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    dynamodb.put_item(TableName="big", Item={"id": {"S": "1"}, "text": {"S": "x" * 300_000}})
    made = iam.create_role(RoleName="carrier", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="carrier", PolicyName="Allowed", PolicyDocument=policy)
    return str(made["Arn"])


def carry(aws: LocalAws, role: str, name: str, state: dict[str, Any], size: int = 0) -> tuple[str, str]:
    """Run a machine of one state on a text of so many bytes; how it ends, and why."""
    states = aws.client("stepfunctions")
    definition = {"QueryLanguage": "JSONata", "StartAt": "One", "States": {"One": {**state, "End": True}}}
    machine = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
    text = json.dumps({"text": "x" * size})
    end = ended(aws, states.start_execution(stateMachineArn=machine["stateMachineArn"], input=text)["executionArn"])
    return end.get("error", end["status"]), end.get("cause", "")


def calling(action: str, **arguments: Any) -> dict[str, Any]:
    resource = f"arn:aws:states:::aws-sdk:dynamodb:{action}"
    return {"Type": "Task", "Resource": resource, "Arguments": {"TableName": "big", **arguments}}


@pytest.mark.parametrize(("more", "outcome"), [(0, "SUCCEEDED"), (1, "States.DataLimitExceeded")])
def test_a_task_is_given_so_much(local_aws: LocalAws, role: str, more: int, outcome: str) -> None:
    putting = calling("putItem", Item={"id": {"S": "2"}, "text": {"S": "{% $states.input.text %}"}})
    around = len(
        json.dumps({**putting["Arguments"], "Item": {"id": {"S": "2"}, "text": {"S": ""}}}, separators=(",", ":"))
    )
    error, _ = carry(local_aws, role, f"given-{more}", putting, LONGEST - around + more)
    assert error == outcome


def test_a_task_gives_so_much(local_aws: LocalAws, role: str) -> None:
    reading = calling("getItem", Key={"id": {"S": "1"}})
    error, cause = carry(local_aws, role, "gives", reading)
    assert (error, cause) == ("States.DataLimitExceeded", f"The results of a task are of more than {LONGEST} bytes.")
    projected = calling("getItem", Key={"id": {"S": "1"}}, ProjectionExpression="id")
    assert carry(local_aws, role, "gives-less", projected) == ("SUCCEEDED", "")


@pytest.mark.parametrize(("names", "outcome"), [(1, "SUCCEEDED"), (2, "States.DataLimitExceeded")])
def test_a_state_assigns_so_much(local_aws: LocalAws, role: str, names: int, outcome: str) -> None:
    assigning = {"Type": "Pass", "Assign": {f"text_{number}": "{% $states.input.text %}" for number in range(names)}}
    assert carry(local_aws, role, f"assigns-{names}", assigning, 200_000)[0] == outcome
