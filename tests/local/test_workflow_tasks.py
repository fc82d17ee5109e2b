"""A state machine's tasks: its role must allow them, and their timeout may be an expression."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from constructs_lib.local.clients import aws_client

pytestmark = pytest.mark.local_aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@pytest.fixture(scope="module")
def queue_url(local_aws: LocalAws) -> str:
    url: str = local_aws.client("sqs").create_queue(QueueName="workflow-tasks")["QueueUrl"]
    return url


def start(aws: LocalAws, name: str, task: dict[str, Any], *allowed: str) -> str:
    """Start a machine of one task, under a role that may do what is allowed."""
    iam, states = aws.client("iam"), aws.client("stepfunctions")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": [*allowed], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="Allowed", PolicyDocument=policy)
    definition = {"StartAt": "Task", "States": {"Task": {"Type": "Task", "End": True, **task}}}
    machine = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
    started = states.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"seconds": 1}')
    execution: str = started["executionArn"]
    return execution


def ended(aws: LocalAws, execution: str) -> dict[str, Any]:
    """Wait until an execution has ended, and return how."""
    for _ in range(60):
        described: dict[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.25)
    raise TimeoutError(execution)


def run(aws: LocalAws, name: str, task: dict[str, Any], *allowed: str) -> dict[str, Any]:
    """Start one task, and return how it ended."""
    return ended(aws, start(aws, name, task, *allowed))


def sending(queue_url: str) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue_url, "MessageBody": "hello"},
    }


def test_a_task_needs_the_right_of_its_machines_role(local_aws: LocalAws, queue_url: str) -> None:
    denied = run(local_aws, "may-not-send", sending(queue_url), "sqs:ReceiveMessage")
    assert (denied["status"], denied["error"]) == ("FAILED", "Sqs.AccessDeniedException")
    assert (
        "role/may-not-send is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:" in denied["cause"]
    )
    assert run(local_aws, "may-send", sending(queue_url), "sqs:SendMessage")["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("name", "timeout"),
    [
        ("by-number", {"TimeoutSeconds": 1}),
        ("by-path", {"TimeoutSecondsPath": "$.seconds"}),
        ("by-expression", {"TimeoutSeconds": "{% $states.input.seconds %}", "QueryLanguage": "JSONata"}),
    ],
)
def test_a_wait_ends_when_its_timeout_says(
    local_aws: LocalAws, queue_url: str, name: str, timeout: dict[str, Any]
) -> None:
    task = sending(queue_url)
    task["Resource"] += ".waitForTaskToken"
    if "QueryLanguage" in timeout:
        task["Arguments"] = task.pop("Parameters")
    outcome = run(local_aws, name, {**task, **timeout}, "sqs:SendMessage")
    assert (outcome["status"], outcome["error"]) in {("FAILED", "States.Timeout"), ("TIMED_OUT", "States.Timeout")}


def test_a_task_token_is_handed_back_by_who_may_on_its_machine(local_aws: LocalAws, queue_url: str) -> None:
    """Try two users, one with the right on this machine, one on another."""
    iam, queues = local_aws.client("iam"), local_aws.client("sqs")
    task = sending(queue_url)
    task["Resource"] += ".waitForTaskToken"
    task["Parameters"]["MessageBody.$"] = "$$.Task.Token"
    del task["Parameters"]["MessageBody"]
    queues.purge_queue(QueueUrl=queue_url)
    started = start(local_aws, "token-machine", {**task, "TimeoutSeconds": 60}, "sqs:SendMessage")
    token = queues.receive_message(QueueUrl=queue_url, WaitTimeSeconds=5)["Messages"][0]["Body"]

    def hand_back_as(user: str, machine: str) -> None:
        iam.create_user(UserName=user)
        arn = f"arn:aws:states:{local_aws.region}:{local_aws.account}:stateMachine:{machine}"
        statement = {"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": arn}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="Allowed", PolicyDocument=document)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        states = aws_client("stepfunctions", local_aws.environment | credentials)
        states.send_task_success(taskToken=token, output='"done"')

    with pytest.raises(ClientError, match="AccessDenied"):
        hand_back_as("stranger", "another-machine")
    hand_back_as("teller", "token-machine")
    assert ended(local_aws, started)["output"] == '"done"'


def writing(*verbs: str) -> dict[str, Any]:
    """A transaction with such items, on a table that is not there."""
    about = {"TableName": "absent", "Key": {"id": {"S": "1"}}, "Item": {"id": {"S": "1"}}}
    items = [{verb: about} for verb in verbs]
    return {"Resource": "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems", "Parameters": {"TransactItems": items}}


@pytest.mark.parametrize("verb", ["Put", "Update", "Delete", "ConditionCheck"])
def test_a_transaction_needs_the_right_of_each_of_its_items(local_aws: LocalAws, verb: str) -> None:
    others = [f"dynamodb:{other}Item" for other in ("Put", "Update", "Delete", "ConditionCheck") if other != verb]
    transaction = writing("Put", verb)
    denied = run(local_aws, f"may-not-{verb}", transaction, *others, "dynamodb:TransactWriteItems")
    assert denied["error"] == "DynamoDb.AccessDeniedException"
    assert f"to perform: dynamodb:{verb}Item on resource: arn:aws:dynamodb:" in denied["cause"]
    assert denied["cause"].endswith(":table/absent")
    allowed = run(local_aws, f"may-{verb}", transaction, *others, f"dynamodb:{verb}Item")
    assert allowed["error"] == "DynamoDb.ResourceNotFoundException"


@pytest.mark.parametrize(
    ("action", "arguments", "right", "place"),
    [
        ("batchGetItem", {"RequestItems": {"absent": {}}}, "BatchGetItem", "table/absent"),
        ("batchWriteItem", {"RequestItems": {"absent": []}}, "BatchWriteItem", "table/absent"),
        ("query", {"TableName": "absent", "IndexName": "by-day"}, "Query", "table/absent/index/by-day"),
    ],
)
def test_a_task_needs_the_right_to_what_it_reads(
    local_aws: LocalAws, action: str, arguments: dict[str, Any], right: str, place: str
) -> None:
    task = {"Resource": f"arn:aws:states:::aws-sdk:dynamodb:{action}", "Parameters": arguments}
    denied = run(local_aws, f"may-not-{action}", task, "dynamodb:GetItem")
    assert denied["error"] == "DynamoDb.AccessDeniedException"
    assert f"to perform: dynamodb:{right} on resource: arn:aws:dynamodb:" in denied["cause"]
    assert denied["cause"].endswith(f":{place}")
