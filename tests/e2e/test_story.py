"""The sample app on the local AWS with IAM enforced: its story, and what must not happen in it."""

import json
import time
from typing import Any

import pytest

from sample_app.people import Person
from sample_app.story import Ending
from tests.e2e.conftest import Office
from tests.local.test_items import soon

pytestmark = pytest.mark.local_aws


def test_without_a_sign_in_nothing_is_taken(office: Office) -> None:
    assert (
        office.desk.call("POST", f"{office.desk.api_url}requests", body={"summary": "x", "amount": 1}).status_code
        == 401
    )
    forged = Person(office.desk, "eve@example.com", office.employee.token[:-8] + "AAAAAAAA")
    assert forged.submit(summary="x", amount=1).status_code == 401
    assert office.desk.call("GET", f"{office.desk.desk_url}approvals").status_code == 401


def test_the_approved_request_is_shown_with_who_and_why(ending: Ending) -> None:
    assert ending.approved["status"] == "approved"
    assert ending.approved["decided_by"] == "max@example.com"
    assert ending.approved["comment"] == "sit less"


def test_the_rejected_one_is_rejected_and_the_late_one_expires(ending: Ending) -> None:
    assert ending.rejected["status"] == "rejected"
    assert ending.rejected["comment"] == "steel will do"
    assert ending.expired["status"] == "expired"


def test_the_ledger_holds_the_approved_one_only(office: Office, ending: Ending) -> None:
    told = {request["request_id"] for request in (ending.approved, ending.rejected, ending.expired)}
    rows = office.deployment.ledger("SELECT request_id::text, summary, amount::text, approved_by FROM ledger")
    assert [row for row in rows if row[0] in told] == [
        [ending.approved["request_id"], "Two standing desks", "1180.50", "max@example.com"]
    ]


def test_the_ledgers_database_called_the_function_that_tells_when_it_was_booked(office: Office, ending: Ending) -> None:
    request_id = ending.approved["request_id"]
    rows = office.deployment.ledger(f"SELECT to_json(written_at)::text FROM ledger WHERE request_id = '{request_id}'")
    assert rows == [[f'"{ending.approved["booked_at"]}"']]
    assert "booked_at" not in ending.rejected


def test_the_archive_has_each_change_of_a_request(office: Office, ending: Ending) -> None:
    approved = soon(lambda: office.deployment.archived(ending.approved["request_id"]))
    assert (approved[0], approved[-1], {*approved}) == ("waiting", "approved", {"waiting", "approved"})
    assert soon(lambda: office.deployment.archived(ending.expired["request_id"])) == ["waiting", "expired"]


def test_reads_do_without_the_cache_where_it_does_not_answer(office: Office, ending: Ending) -> None:
    """Nothing listens at the local cache's endpoint."""
    assert ending.approved
    log = physical_id(office, "DeskApi", "AWS::Logs::LogGroup", "Read")
    events = office.aws.client("logs").filter_log_events(logGroupName=log)["events"]
    assert [event for event in events if "ReadsFromTable" in event["message"]]


def test_the_row_was_written_by_the_ledgers_own_user(office: Office, ending: Ending) -> None:
    rows = office.deployment.ledger("SELECT tableowner FROM pg_tables WHERE tablename = 'ledger'")
    assert rows
    assert rows != [["postgres"]]
    flags = "SELECT rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'ledger_writer'"
    assert office.deployment.ledger(flags) == [[False, True]]


def test_a_workflow_that_is_run_again_writes_no_second_row(office: Office, ending: Ending) -> None:
    function = physical_id(office, "DeskApproval", "AWS::Lambda::Function", "WriteLedger")
    event = {
        "request_id": ending.approved["request_id"],
        "summary": "again",
        "amount": "1",
        "approved_by": "x",
        "approved_at": "2026-01-01T00:00:00Z",
    }
    answer = office.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    assert json.loads(answer["Payload"].read()) == {"rows": 0}


def test_a_draft_starts_no_workflow_and_goes_by_itself(office: Office) -> None:
    answer = office.employee.submit(summary="A dream", amount=5, draft=True)
    assert (answer.status_code, answer.json()["status"]) == (201, "draft")
    table = physical_id(office, "DeskData", "AWS::DynamoDB::GlobalTable", "Requests")
    key = {"request_id": {"S": answer.json()["request_id"]}}
    item = office.aws.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    assert int(item["expires_at"]["N"]) - time.time() == pytest.approx(30 * 24 * 3600, abs=120)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"summary": "x"},
        {"summary": "", "amount": 1},
        {"summary": "x", "amount": "much"},
        {"summary": "x", "amount": -1},
        {"summary": "x", "amount": "NaN"},
        {"summary": "x" * 201, "amount": 1},
        {"summary": "x", "amount": 1, "reason": 7},
        ["x"],
    ],
)
def test_a_request_that_makes_no_sense_is_400(office: Office, body: Any) -> None:
    answer = office.desk.call("POST", f"{office.desk.api_url}requests", office.employee.token, body)
    assert answer.status_code == 400, answer.text


def test_a_request_is_shown_to_its_owner_and_to_managers_and_to_nobody_else(office: Office, ending: Ending) -> None:
    request_id = ending.approved["request_id"]
    assert office.manager.look(request_id).status_code == 200
    assert office.outsider.look(request_id).status_code == 404
    assert office.employee.look("nothing").status_code == 404


def physical_id(office: Office, stack: str, kind: str, start: str) -> str:
    resources = office.aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    (found,) = [
        each["PhysicalResourceId"]
        for each in resources
        if each["ResourceType"] == kind and each["LogicalResourceId"].startswith(start)
    ]
    physical: str = found
    return physical
