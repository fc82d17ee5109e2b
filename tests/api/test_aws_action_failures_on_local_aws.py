"""What a caller hears when a service refuses or fails: a status of its own, and nothing that the service said of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from sample_app.sign_in import Tokens
from tests.api.local_app import ORIGIN
from tests.api.local_arrivals import WRITES, arrived, put_note
from tests.api.local_desk import Desk

pytestmark = pytest.mark.local_aws

MISTAKE, FAILURE = {"message": "Bad request"}, {"message": "Bad gateway"}


def call_each(desk: Desk, tokens: Tokens, path: str) -> dict[str, requests.Response]:
    """Ask each service below a path something that it would usually do."""
    token = tokens.id_token
    sent = {service: desk.call(f"POST {path}/{service}", token, json={"item": "chair"}) for service in WRITES}
    return sent | {"notes": desk.call(f"GET {path}/notes/erin/7", token)}


def assert_is(answer: requests.Response, status: int, body: dict[str, str]) -> None:
    assert (answer.status_code, answer.json()) == (status, body)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("service", WRITES)
def test_only_json_is_taken(desk: Desk, tokens: Tokens, service: str) -> None:
    headers = {"Content-Type": "text/plain"}
    assert desk.call(f"POST /all/{service}", tokens.id_token, headers=headers, data="{}").status_code == 415


@pytest.mark.parametrize("service", ["workflow", "events"])
def test_json_that_ends_too_soon_is_the_callers_mistake(desk: Desk, tokens: Tokens, service: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = desk.call(f"POST /all/{service}", tokens.id_token, headers=headers, data='{"item": ')
    assert answer.status_code == 400


def test_a_key_of_another_kind_is_the_callers_mistake(desk: Desk, tokens: Tokens) -> None:
    assert_is(desk.call("GET /all/notes/erin/seven", tokens.id_token), 400, MISTAKE)


def test_a_message_that_is_too_long_is_the_callers_mistake(desk: Desk, tokens: Tokens) -> None:
    """A queue takes a mebibyte. What the other services take the local AWS does not count."""
    assert_is(desk.call("POST /all/orders", tokens.id_token, json={"item": "x" * 1_100_000}), 400, MISTAKE)


def test_an_empty_message_is_the_callers_mistake(desk: Desk, tokens: Tokens) -> None:
    assert_is(desk.call("POST /all/orders", tokens.id_token), 400, MISTAKE)


def test_an_event_that_is_no_object_is_the_callers_mistake(desk: Desk, tokens: Tokens) -> None:
    for body in (["chair"], "chair", 7):
        assert_is(desk.call("POST /all/events", tokens.id_token, json=body), 400, MISTAKE)


@contextmanager
def without_rights(desk: Desk, path: str) -> Iterator[None]:
    """Take from the roles behind the routes below a path what they may do, for a while."""
    iam, policies = desk.client("iam"), []
    for role in roles_behind(desk, path):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            policies.append(iam.get_role_policy(RoleName=role, PolicyName=name))
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for policy in policies:
            document = json.dumps(policy["PolicyDocument"])
            iam.put_role_policy(RoleName=policy["RoleName"], PolicyName=policy["PolicyName"], PolicyDocument=document)


def roles_behind(desk: Desk, path: str) -> Iterator[str]:
    """The names of the roles under which the routes below a path call their services."""
    apis = desk.client("apigateway")
    api: dict[str, Any] = {"restApiId": desk.outputs["ApiUrl"].partition("//")[2].partition(".")[0]}
    for resource in apis.get_resources(**api, limit=500)["items"]:
        for method in resource.get("resourceMethods", {}):
            if resource["path"].startswith(path) and method != "OPTIONS":
                integration = apis.get_integration(**api, resourceId=resource["id"], httpMethod=method)
                yield integration["credentials"].rpartition("/")[2]


def test_a_service_that_the_routes_role_may_not_call_has_failed(desk: Desk, tokens: Tokens) -> None:
    put_note(desk, "erin", "7")
    with without_rights(desk, "/all/"):
        for answer in call_each(desk, tokens, "/all").values():
            assert_is(answer, 502, FAILURE)
    answers = call_each(desk, tokens, "/all")
    assert answers["notes"].status_code == 200
    for service in WRITES:
        assert arrived(desk, service, answers[service].json()["id"])


def test_a_service_that_is_gone_has_failed(desk: Desk, tokens: Tokens) -> None:
    """But for a bus: EventBridge takes an event for one that is not there, and says nothing (aws-cli#9186)."""
    desk.client("sqs").delete_queue(QueueUrl=desk.outputs["GoneOrders"])
    desk.client("stepfunctions").delete_state_machine(stateMachineArn=desk.outputs["GoneWorkflow"])
    desk.client("dynamodb").delete_table(TableName=desk.outputs["GoneNotes"])
    answers = call_each(desk, tokens, "/gone")
    for service in ("orders", "workflow", "notes"):
        assert_is(answers[service], 502, FAILURE)
