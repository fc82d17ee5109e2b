"""A REST API that calls AWS services itself: by mapping templates, under roles that IAM judges."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.local.rest_api import DeployedApi
from tests.local.service_api import GATEWAY, OUTPUTS, RESOURCES
from tests.local.stack import Stack, allows, having

pytestmark = pytest.mark.local_aws

HOSTILE = {"item": "'\"\\ & &Action=DeleteQueue $input.body #end ${context.requestId}\n\u2028\U0001f600", "n": 10**40}


@pytest.fixture(scope="module")
def stack(local_aws: LocalAws) -> Iterator[Stack]:
    stack = Stack(local_aws, "service-integrations")
    yield stack
    stack.delete()


@pytest.fixture(scope="module")
def api(local_aws: LocalAws, stack: Stack) -> DeployedApi:
    return DeployedApi.deploy(local_aws, stack, RESOURCES, **OUTPUTS)


def _messages(api: DeployedApi, queue: str) -> list[Any]:
    """The bodies of the messages that a queue has."""
    asked = {"QueueUrl": api.outputs[queue], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 2}
    return [json.loads(each["Body"]) for each in api.aws.client("sqs").receive_message(**asked).get("Messages", [])]


def test_a_message_is_sent(api: DeployedApi) -> None:
    sent = api.send(HOSTILE, "/messages")
    assert (sent.status_code, set(sent.json())) == (200, {"id"}), sent.text
    assert sent.headers["Access-Control-Allow-Origin"] == "https://desk.example.com"
    assert HOSTILE in _messages(api, "Queue")


def test_an_execution_is_started(api: DeployedApi) -> None:
    started = api.send(HOSTILE, "/executions")
    assert started.status_code == 200, started.text
    execution = api.outputs["Machine"].replace("stateMachine", "execution") + ":" + started.json()["id"]
    described = api.aws.client("stepfunctions").describe_execution(executionArn=execution)
    assert json.loads(described["input"]) == HOSTILE


def test_an_event_is_put(api: DeployedApi) -> None:
    put = api.send(HOSTILE, "/events")
    assert (put.status_code, put.json()["failed"]) == (200, 0), put.text
    assert (HOSTILE, put.json()["id"]) in [(event["detail"], event["id"]) for event in _messages(api, "Told")]


def test_an_item_is_read(api: DeployedApi) -> None:
    item = {"id": {"S": "o'brien"}, "note": {"S": HOSTILE["item"]}}
    api.aws.client("dynamodb").put_item(TableName=api.outputs["Table"], Item=item)
    found = api.call("/items/o'brien", "GET")
    assert (found.status_code, found.json()) == (200, item)
    missing = api.call("/items/8", "GET")
    assert (missing.status_code, missing.headers["X-Missing"]) == (404, "8")


@pytest.mark.parametrize(
    ("role", "verb", "place", "status"),
    [
        ("MaySend", "POST", "/messages", 502),
        ("MayStart", "POST", "/executions", 400),
        ("MayPut", "POST", "/events", 400),
        ("MayRead", "GET", "/items/7", 400),
    ],
)
def test_a_role_has_no_more_rights_than_it_was_given(
    api: DeployedApi, stack: Stack, role: str, verb: str, place: str, status: int
) -> None:
    """A queue's refusal is 403, which is for the rest here, and that of services that take JSON is 400."""
    right = RESOURCES[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"]
    with stack.changed(RESOURCES, **{role: allows(GATEWAY, right, "arn:aws:sqs:us-east-1:000000000000:another")}):
        refused = api.call(place, verb, json={})
        assert refused.status_code == status
        assert status == 502 or refused.json()["__type"] == "AccessDeniedException"
    assert api.call(place, verb, json={}).status_code in (200, 404)


def test_a_role_that_does_not_trust_the_gateway_is_not_taken(api: DeployedApi, stack: Stack) -> None:
    stranger = having(RESOURCES["MaySend"], AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
    with stack.changed(RESOURCES, MaySend=stranger):
        assert api.send({}, "/messages").status_code == 500


def test_what_a_service_says_chooses_the_answer(api: DeployedApi) -> None:
    malformed = api.send("not JSON", "/executions")
    assert (malformed.status_code, "could not parse" in malformed.text.lower()) == (400, True)
    too_long = api.send({"item": "x" * 1_100_000}, "/messages")
    assert (too_long.status_code, too_long.json()["Error"]["Code"]) == (400, "InvalidParameterValue")


def test_parameters_and_stage_variables_are_told(api: DeployedApi) -> None:
    assert api.call("/messages", "PUT", params={"page": "2"}).status_code == 200
    assert {"page": "2", "shade": "green"} in _messages(api, "Queue")


def test_a_service_that_takes_too_long_is_given_up(api: DeployedApi) -> None:
    assert api.call("/messages", "GET").status_code == 504


def test_a_broken_template_is_not_shown_to_the_caller(api: DeployedApi) -> None:
    failed = api.call("/messages", "DELETE")
    assert (failed.status_code, failed.json()["message"]) == (500, "Internal server error")


def test_only_the_templates_kind_is_taken(api: DeployedApi) -> None:
    assert api.call("/messages", data=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
