"""The approval desk on the local AWS: who may decide, once, in time, and that no token gets out."""

import time

import pytest

from sample_app.story import Ending, holds, until
from tests.e2e.conftest import Office

pytestmark = pytest.mark.local_aws


@pytest.fixture(scope="module")
def approval_id(office: Office) -> str:
    """A request that waits for its decision."""
    return waiting(office, "A kettle")


def waiting(office: Office, summary: str) -> str:
    """Submit a request and return its approval's id, once it waits."""
    assert office.employee.submit(summary=summary, amount=30).status_code == 201
    return until(office.manager.waiting, lambda answer: holds(answer, summary))[summary]


def test_an_outsider_sees_nothing_and_decides_nothing(office: Office, approval_id: str) -> None:
    for person in (office.outsider, office.employee):
        assert person.waiting().status_code == 403
        assert person.show(approval_id).status_code == 403
        assert person.decide(approval_id, "approved").status_code == 403


def test_looking_decides_nothing(office: Office, approval_id: str) -> None:
    for _ in range(3):
        assert office.manager.show(approval_id).json()["status"] == "pending"
    url = f"{office.desk.desk_url}approvals/{approval_id}/decision"
    for method in ("GET", "HEAD"):
        assert office.desk.call(method, url, office.manager.token).status_code in {403, 404, 405}
    assert office.manager.show(approval_id).json()["status"] == "pending"


@pytest.mark.parametrize("body", [{}, {"decision": "maybe"}, {"decision": "approved", "comment": 7}, "approved"])
def test_a_decision_that_makes_no_sense_is_400(office: Office, approval_id: str, body: object) -> None:
    url = f"{office.desk.desk_url}approvals/{approval_id}/decision"
    assert office.desk.call("POST", url, office.manager.token, body).status_code == 400


def test_what_is_not_there_is_404(office: Office) -> None:
    assert office.manager.show("00000000-0000-0000-0000-000000000000").status_code == 404
    assert office.manager.decide("00000000-0000-0000-0000-000000000000", "approved").status_code == 404


def test_nobody_approves_a_request_of_their_own(office: Office) -> None:
    own = office.manager.submit(summary="A throne", amount=900)
    assert own.status_code == 201
    mine = until(office.manager.waiting, lambda answer: holds(answer, "A throne"))["A throne"]
    assert office.manager.decide(mine, "approved").status_code == 403
    assert office.manager.show(mine).json()["status"] == "pending"


def test_the_first_decision_wins(office: Office) -> None:
    approval_id = waiting(office, "A teapot")
    first = office.manager.decide(approval_id, "approved", "yes")
    assert (first.status_code, first.json()["status"]) == (200, "approved")
    again = office.manager.decide(approval_id, "approved", "yes")
    assert (again.status_code, again.json()["status"]) == (200, "approved")
    other = office.manager.decide(approval_id, "rejected", "no")
    assert other.status_code == 409
    history = office.manager.show(approval_id).json()["history"]
    assert [each["comment"] for each in history] == ["", "yes", "already approved by max@example.com"]


def test_after_its_time_it_is_410(office: Office, ending: Ending) -> None:
    late = ending.approval_ids["A third screen"]
    assert office.manager.show(late).json()["status"] == "expired"
    assert office.manager.decide(late, "approved").status_code == 410
    assert late not in {each["approval_id"] for each in office.manager.waiting().json()["approvals"]}


def test_no_task_token_is_in_an_answer_or_a_log(office: Office) -> None:
    approval_id = waiting(office, "A secret")
    made = office.aws.client("cloudformation").describe_stack_resources(StackName="DeskApproval")["StackResources"]
    (table,) = [each["PhysicalResourceId"] for each in made if each["ResourceType"] == "AWS::DynamoDB::GlobalTable"]
    key = {"approval_id": {"S": approval_id}, "entry": {"S": "approval"}}
    token = office.aws.client("dynamodb").get_item(TableName=table, Key=key)["Item"]["task_token"]["S"]
    answers = [
        office.manager.waiting().text,
        office.manager.show(approval_id).text,
        office.manager.decide(approval_id, "rejected", "no").text,
        office.manager.show(approval_id).text,
    ]
    assert not [answer for answer in answers if token in answer]
    assert "task_token" not in office.aws.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    messages = logged_until(office, "told", approval_id)
    assert not [message for message in messages if token in message]


def logged_until(office: Office, line: str, approval_id: str) -> list[str]:
    """Collect all that was logged, once a line about an approval is among it."""
    logs = office.aws.client("logs")
    for _ in range(60):
        messages = [
            event["message"]
            for group in logs.describe_log_groups()["logGroups"]
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]
        if any(f'"{line}"' in message and approval_id in message for message in messages):
            return messages
        time.sleep(0.5)
    raise TimeoutError(f"nothing says {line!r} of {approval_id}")
