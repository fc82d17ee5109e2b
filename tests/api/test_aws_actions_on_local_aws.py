"""Routes that AWS services answer: what reaches the services, and what comes back from them."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from sample_app.sign_in import Tokens
from tests.api.local_app import KEY, ORIGIN
from tests.api.local_arrivals import WRITES, arrived, put_note, taken
from tests.api.local_desk import Desk, Person

pytestmark = pytest.mark.local_aws

HOSTILE: list[dict[str, Any]] = [
    {"item": "chair&MessageBody=desk&Action=DeleteQueue"},
    {"item": """"'\\" \\' }], "input": "other" """},
    {"item": "$input.body ${context.accountId} #set($x = 1) #end #if(true) ## #* *#"},
    {"item": "line\nline\r\n\ttab \u2028\u2029 \x7f", "name": "Žofie 오렌지 🪑"},
    {"count": 9007199254740993, "sum": 10**30, "price": 0.1, "none": None, "is": [True, False, [], {}]},
]
NO_OBJECTS: list[Any] = [[1, {"two": 3}], "a text", 7, True]
"""Bodies that EventBridge takes only with the caller around them."""


@pytest.mark.parametrize("service", WRITES)
def test_a_body_reaches_the_service_as_it_was_sent(desk: Desk, tokens: Tokens, service: str) -> None:
    for body in [*HOSTILE, *([] if service == "events" else NO_OBJECTS)]:
        answer = desk.call(f"POST /all/{service}", tokens.id_token, json=body)
        assert (answer.status_code, set(answer.json())) == (202, {"id"}), answer.text
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert json.loads(arrived(desk, service, answer.json()["id"])) == body


def test_a_queue_gets_even_the_blanks_of_a_body(desk: Desk, tokens: Tokens) -> None:
    text, headers = '{ "item":\n"Žofie" , "item": 1e2}', {"Content-Type": "application/json"}
    answer = desk.call("POST /all/orders", tokens.id_token, data=text.encode(), headers=headers)
    assert arrived(desk, "orders", answer.json()["id"]) == text


@pytest.mark.parametrize("service", ["workflow", "events"])
def test_a_service_is_told_who_calls(desk: Desk, erin: Person, tokens: Tokens, service: str) -> None:
    for body in [*HOSTILE, *NO_OBJECTS]:
        answer = desk.call(f"POST /my/{service}", tokens.id_token, json=body)
        assert answer.status_code == 202, answer.text
        told = json.loads(arrived(desk, service, answer.json()["id"]))
        assert told == {"caller": erin.sub, "body": body}


def test_a_message_says_who_sent_it(desk: Desk, erin: Person, tokens: Tokens) -> None:
    role = desk.outputs["ImporterArn"].rpartition("/")[2]
    callers = {
        erin.sub: desk.call("POST /my/orders", tokens.id_token, json=HOSTILE[0]),
        "ali": desk.call("POST /vault", headers={"X-Key": KEY}, json=HOSTILE[0]),
        f"arn:aws:sts::{desk.aws.account}:assumed-role/{role}/Importer": desk.call(
            "POST /imports", auth=desk.signature("Importer"), json=HOSTILE[0]
        ),
    }
    told = {}
    for answer in callers.values():
        message = taken(desk, "HereOrders")
        assert (answer.status_code, json.loads(message["Body"])) == (202, HOSTILE[0])
        told[message["MessageId"]] = message["MessageAttributes"]
    for caller, answer in callers.items():
        assert told[answer.json()["id"]] == {"caller": {"StringValue": caller, "DataType": "String"}}


@pytest.mark.parametrize("owner", ["erin", """o'"}, "number": {"N": "1"}} $input #end""", "Žofie 오렌지"])
def test_an_item_is_read_by_its_key(desk: Desk, tokens: Tokens, owner: str) -> None:
    item = put_note(desk, owner, "7")
    path = f"/all/notes/{quote(owner, safe='')}"
    found, missing = (desk.call(f"GET {path}/{number}", tokens.id_token) for number in (7, 9))
    assert (found.status_code, found.json()) == (200, item)
    assert (missing.status_code, missing.json()) == (404, {"message": "Not found"})
    assert found.headers["Access-Control-Allow-Origin"] == missing.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_caller_reaches_their_own_item_and_nobody_elses(desk: Desk, erin: Person, tokens: Tokens) -> None:
    own = put_note(desk, erin.sub, "1")
    put_note(desk, "frank", "2")
    assert desk.call("GET /my/notes/1", tokens.id_token).json() == own
    for attempt in ("2", "2?owner=frank", '2"}, "owner": {"S": "frank'):
        route = f"GET /my/notes/{quote(attempt, safe='?=')}"
        answer = desk.call(route, tokens.id_token, headers={"owner": "frank"})
        assert answer.status_code in (400, 404), attempt
        assert "frank" not in answer.text


def test_a_body_that_breaks_its_schema_goes_nowhere(desk: Desk, tokens: Tokens) -> None:
    route = "POST /orders"
    for body in ({}, {"item": 7}, {"item": "chair", "count": 0}, {"item": "chair", "colour": "red"}, "chair"):
        assert desk.call(route, tokens.id_token, json=body).status_code == 400, body
    for content_type, text in (("application/xml", "{}"), ("application/json", '{"item": "chair"')):
        headers = {"Content-Type": content_type}
        assert desk.call(route, tokens.id_token, headers=headers, data=text).status_code == 400, content_type
    assert taken(desk, "HereOrders") is None
    answer = desk.call(route, tokens.id_token, json={"item": "chair", "count": 1})
    assert json.loads(arrived(desk, "orders", answer.json()["id"])) == {"item": "chair", "count": 1}
