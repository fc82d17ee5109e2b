"""The desk's API on a real table, without what stands around it: each guard of a decision by itself."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.approval.runtime import api

pytestmark = pytest.mark.local_aws

CONTEXT = SimpleNamespace(
    function_name="api", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="request"
)
MAX = {"sub": "sub-of-max", "email": "max@example.com", "cognito:groups": "managers"}
MAYA = {"sub": "sub-of-maya", "email": "maya@example.com", "cognito:groups": "staff,managers"}


@pytest.fixture(autouse=True)
def desk(approvals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's environment."""
    monkeypatch.setattr(api, "_table", approvals)
    for name, value in {"APPROVERS": "managers", "WAITING_INDEX": "Waiting", "RETENTION_SECONDS": "86400"}.items():
        monkeypatch.setenv(name, value)


def moment(**from_now: float) -> str:
    return api.timestamp(datetime.now(UTC) + timedelta(**from_now))


def ask(approvals: Any, approval_id: str = "one", **changed: Any) -> None:
    """Put a question as the desk's workflow does."""
    question = {
        "approval_id": approval_id,
        "status": "pending",
        "waiting_for": "managers",
        "task_token": "the-token",
        "step": "Approve",
        "summary": "A kettle",
        "details": "",
        "requester": "sub-of-erin",
        "requested_at": moment(minutes=-1),
        "deadline": moment(minutes=1),
    }
    approvals.put_item(Item=question | changed)


def call(method: str, path: str, person: dict[str, str], body: Any = None, **query: str) -> tuple[int, Any]:
    """Send a request as API Gateway hands it over."""
    event = {
        "httpMethod": method,
        "path": path,
        "resource": path,
        "headers": {},
        "queryStringParameters": query or None,
        "requestContext": {"authorizer": {"claims": person}},
        "body": body if isinstance(body, str) else json.dumps(body),
    }
    answer = api.handler(event, CONTEXT)  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


def decide(person: dict[str, str], decision: str = "approved", comment: str = "") -> tuple[int, Any]:
    return call("POST", "/approvals/one/decision", person, {"decision": decision, "comment": comment})


def test_a_decision_is_stored_with_who_when_and_why_and_gives_the_token_up(approvals: Any) -> None:
    ask(approvals)
    status, shown = decide(MAX, "approved", "sit less")
    assert (status, shown["status"], shown["decided_by"], shown["comment"]) == (
        200,
        "approved",
        "max@example.com",
        "sit less",
    )
    assert "task_token" not in shown
    stored = approvals.get_item(Key={"approval_id": "one"})["Item"]
    assert not {"task_token", "waiting_for"} & set(stored)
    assert int(stored["forget_at"]) == pytest.approx(datetime.now(UTC).timestamp() + 86_400, abs=30)


def test_after_the_deadline_it_is_too_late_even_while_it_still_says_pending(approvals: Any) -> None:
    ask(approvals, deadline=moment(seconds=-1))
    assert decide(MAX)[0] == 410
    assert approvals.get_item(Key={"approval_id": "one"})["Item"]["status"] == "pending"


@pytest.mark.parametrize("requester", ["sub-of-max", "max@example.com", "Max@Example.com"])
def test_who_asks_cannot_decide_however_they_are_named(approvals: Any, requester: str) -> None:
    ask(approvals, requester=requester)
    assert decide(MAX)[0] == 403
    assert decide(MAYA)[0] == 200


def test_without_a_requester_every_approver_may_decide(approvals: Any) -> None:
    ask(approvals, requester="")
    person = {"sub": "sub-of-max", "cognito:groups": "managers"}
    assert decide(person)[1]["decided_by"] == "sub-of-max"


def test_ones_own_decision_again_is_no_error_and_anothers_is(approvals: Any) -> None:
    ask(approvals)
    assert decide(MAX)[0] == 200
    assert decide({**MAX, "email": "max@elsewhere.example"})[0] == 200
    assert decide(MAX, "rejected")[0] == 409
    assert decide({**MAYA, "email": MAX["email"]})[0] == 409


@pytest.mark.parametrize("groups", ["", "staff", "managers2", "the-managers", "[staff admins]"])
def test_others_than_approvers_get_nowhere(approvals: Any, groups: str) -> None:
    ask(approvals)
    outsider = {**MAX, "cognito:groups": groups}
    assert call("GET", "/approvals", outsider)[0] == 403
    assert call("GET", "/approvals/one", outsider)[0] == 403
    assert decide(outsider)[0] == 403
    assert decide({"sub": "x"})[0] == 403


@pytest.mark.parametrize("groups", ["managers", "staff,managers", "[managers]", "[staff, managers]"])
def test_the_group_is_found_in_every_form_that_a_gateway_hands_it_over_in(approvals: Any, groups: str) -> None:
    ask(approvals)
    assert call("GET", "/approvals/one", {**MAX, "cognito:groups": groups})[0] == 200


@pytest.mark.parametrize(
    "body", [None, "", "no json", [], {"decision": "maybe"}, {"decision": "approved", "comment": "x" * 2001}]
)
def test_a_body_that_says_nothing_is_400(approvals: Any, body: Any) -> None:
    ask(approvals)
    assert call("POST", "/approvals/one/decision", MAX, body)[0] == 400
    assert approvals.get_item(Key={"approval_id": "one"})["Item"]["status"] == "pending"


def test_the_longest_comment_is_kept_whole(approvals: Any) -> None:
    ask(approvals)
    assert decide(MAX, comment="x" * 2000)[1]["comment"] == "x" * 2000


def test_the_pile_is_oldest_first_page_by_page_and_without_what_is_over(approvals: Any) -> None:
    for number in range(55):
        ask(approvals, f"id-{number:02}", requested_at=moment(minutes=-100 + number))
    ask(approvals, "over", requested_at=moment(minutes=-200), deadline=moment(seconds=-1))
    status, first = call("GET", "/approvals", MAX)
    assert status == 200
    _, rest = call("GET", "/approvals", MAX, after=first["after"])
    listed = [each["approval_id"] for each in [*first["approvals"], *rest["approvals"]]]
    assert listed == [f"id-{number:02}" for number in range(55)]
    assert "after" not in rest
    assert not [each for each in first["approvals"] if "task_token" in each]


def test_what_is_not_there_is_404(approvals: Any) -> None:
    assert call("GET", "/approvals/two", MAX)[0] == 404
    assert call("POST", "/approvals/two/decision", MAX, {"decision": "approved"})[0] == 404
    assert call("GET", "/approvals", MAX, after="two")[0] == 404
