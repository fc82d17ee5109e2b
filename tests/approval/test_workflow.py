"""The desk's own workflow, run as it is written: every way from the question to the answer."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib.approval.workflow_states import workflow_definition
from constructs_lib.local import LocalAws
from tests.approval.desk_api import entries

pytestmark = pytest.mark.local_aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
RIGHTS = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem"]
DECISION = {"by": "max", "sub": "sub-of-max", "decision": "approved", "at": "2026-01-01T00:00:00.000Z", "comment": "so"}


@pytest.fixture(scope="module")
def machine(local_aws: LocalAws) -> str:
    """A machine with the desk's definition and just the desk's rights."""
    iam = local_aws.client("iam")
    role = iam.create_role(RoleName="desk-workflow", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    table = f"arn:aws:dynamodb:{local_aws.region}:{local_aws.account}:table/approvals"
    statement = {"Effect": "Allow", "Action": RIGHTS, "Resource": table}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="desk-workflow", PolicyName="Table", PolicyDocument=policy)
    definition = workflow_definition(partition="aws", table_name="approvals", retention_seconds=86_400)
    made = local_aws.client("stepfunctions").create_state_machine(
        name="desk-workflow", definition=json.dumps(definition), roleArn=role
    )
    arn: str = made["stateMachineArn"]
    return arn


class Approval:
    """One execution, and its item."""

    def __init__(
        self, aws: LocalAws, machine: str, approvals: Any, timeout: int, name: str = "", **changed: Any
    ) -> None:
        self._states, self._approvals = aws.client("stepfunctions"), approvals
        question = {
            "step": "Approve",
            "summary": 42,
            "details": {"items": [1]},
            "requester": "erin",
            "approvers": "managers",
            "quorum": 1,
            "self_approval": False,
            "timeout_seconds": timeout,
            "agenda": [{"after": timeout, "event": "expired"}],
        }
        named = {"name": name} if name else {}
        started = self._states.start_execution(stateMachineArn=machine, input=json.dumps(question | changed), **named)
        self._execution = started["executionArn"]
        self.id = self._execution.rsplit(":", 1)[1]

    def item(self, is_there: Callable[[dict[str, Any]], object] = lambda item: "task_token" in item) -> dict[str, Any]:
        """Read the item, once it is as wanted: by default, once the workflow waits."""
        for _ in range(100):
            key = {"approval_id": self.id, "entry": "approval"}
            found: dict[str, Any] = self._approvals.get_item(Key=key, ConsistentRead=True).get("Item", {})
            if found and is_there(found):
                return found
            time.sleep(0.1)
        raise TimeoutError(self.id)

    def store(self, decision: str) -> None:
        """Store a decision as the API does, and tell nobody."""
        self._approvals.update_item(
            Key={"approval_id": self.id, "entry": "approval"},
            UpdateExpression="SET #s = :d, decisions = :all REMOVE task_token",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":d": decision, ":all": [DECISION | {"decision": decision}]},
        )

    def tell(self, token: str, **result: str) -> None:
        self._states.send_task_success(taskToken=token, output=json.dumps(result))

    def end(self) -> dict[str, Any]:
        """Wait for the end, and return it."""
        for _ in range(100):
            described: dict[str, Any] = self._states.describe_execution(executionArn=self._execution)
            if described["status"] != "RUNNING":
                return described
            time.sleep(0.1)
        raise TimeoutError(self.id)

    def output(self) -> dict[str, Any]:
        """Wait for the end, and return what came out."""
        described = self.end()
        assert described["status"] == "SUCCEEDED", described
        output: dict[str, Any] = json.loads(described["output"])
        return output

    def events(self) -> list[str]:
        return [each["event"] for each in entries(self._approvals, self.id)]


@pytest.fixture
def ask(local_aws: LocalAws, machine: str, approvals: Any) -> Callable[..., Approval]:
    def ask(timeout: int, **changed: Any) -> Approval:
        return Approval(local_aws, machine, approvals, timeout, **changed)

    return ask


def test_the_question_is_stored_with_its_deadline_and_its_end(ask: Callable[..., Approval], approvals: Any) -> None:
    approval = ask(60)
    item = approval.item()
    assert (item["status"], item["waiting_for"], item["groups"], item["summary"]) == (
        "pending",
        "managers",
        ["managers"],
        "42",
    )
    assert (item["details"], item["quorum"], item["barred"], item["decisions"]) == ('{"items":[1]}', 1, "erin", [])
    assert item["place"] == f"{item['requested_at']} {approval.id}"
    asked, deadline = (time.strptime(item[name][:19], "%Y-%m-%dT%H:%M:%S") for name in ("requested_at", "expires_at"))
    assert time.mktime(deadline) - time.mktime(asked) == 60
    assert int(item["forget_at"]) - time.time() == pytest.approx(60 + 86_400, abs=30)
    (entry,) = entries(approvals, approval.id)
    assert (entry["event"], entry["by"], entry["summary"], entry["status"]) == ("requested", "erin", "42", "pending")
    approval.tell(item["task_token"], decision="approved")
    assert approval.output() == {"decision": "approved"}


def test_nobody_decides_and_it_is_closed(ask: Callable[..., Approval]) -> None:
    approval = ask(1)
    output = approval.output()
    item = approval.item(lambda item: item["status"] != "pending")
    assert output == {
        "approval_id": approval.id,
        "decision": "expired",
        "decided_by": "",
        "decided_at": item["expires_at"],
        "comment": "",
        "decisions": [],
    }
    assert item["status"] == "expired"
    assert not {"task_token", "waiting_for"} & set(item)
    assert approval.events() == ["requested", "expired"]


def test_a_decision_that_nobody_could_tell_of_counts(ask: Callable[..., Approval]) -> None:
    approval = ask(2)
    approval.item()
    approval.store("approved")
    output = approval.output()
    told = {name: DECISION[name] for name in ("by", "decision", "at", "comment")}
    assert output == {
        "approval_id": approval.id,
        "decision": "approved",
        "decided_by": "max",
        "decided_at": DECISION["at"],
        "comment": "so",
        "decisions": [told],
    }
    assert approval.events() == ["requested"]


def test_too_few_approvals_expire_and_are_told(ask: Callable[..., Approval], approvals: Any) -> None:
    approval = ask(2, quorum=2)
    approval.item()
    approvals.update_item(
        Key={"approval_id": approval.id, "entry": "approval"},
        UpdateExpression="SET decisions = :all",
        ExpressionAttributeValues={":all": [DECISION]},
    )
    output = approval.output()
    assert (output["decision"], output["decided_by"], len(output["decisions"])) == ("expired", "", 1)


def test_it_reminds_and_escalates_while_it_waits(ask: Callable[..., Approval], approvals: Any) -> None:
    agenda = [
        {"after": 1, "event": "reminded"},
        {"after": 2, "event": "escalated"},
        {"after": 3, "event": "reminded"},
        {"after": 60, "event": "expired"},
    ]
    approval = ask(60, agenda=agenda, escalate_to="directors")
    first = approval.item()["task_token"]
    # The item is read before the entries are: only the next read surely has all of them.
    approval.item(lambda _: len(approval.events()) == 4)
    item = approval.item()
    assert approval.events() == ["requested", "reminded", "escalated", "reminded"]
    assert (item["waiting_for"], item["escalated_to"], item["groups"]) == (
        "managers",
        "directors",
        ["managers", "directors"],
    )
    assert item["reminded_at"] > item["escalated_at"] > item["requested_at"]
    groups = [each["groups"] for each in entries(approvals, approval.id)]
    assert groups == [["managers"], ["managers"], ["managers", "directors"], ["managers", "directors"]]
    time.sleep(1)  # Until it waits again, with its last token.
    latest = approval.item()["task_token"]
    assert latest != first
    approval.tell(latest, decision="approved")
    assert approval.output() == {"decision": "approved"}


def test_a_decision_between_two_waits_is_seen_by_the_next(ask: Callable[..., Approval]) -> None:
    approval = ask(60, agenda=[{"after": 2, "event": "reminded"}, {"after": 60, "event": "expired"}])
    approval.item()
    approval.store("rejected")
    assert approval.output()["decision"] == "rejected"
    assert approval.events() == ["requested"]


def test_a_question_that_is_put_again_erases_no_decision(ask: Callable[..., Approval], approvals: Any) -> None:
    """As after an answer of DynamoDB's that was lost: the decision is there before the put that the workflow sees."""
    decided = {"approval_id": "again", "entry": "approval", "status": "rejected", "decisions": [DECISION]}
    approvals.put_item(Item=decided)
    approval = ask(60, name="again")
    assert approval.output()["decision"] == "rejected"
    assert approval.item(lambda _: True) == decided


def test_a_question_that_is_put_again_while_it_is_pending_is_waited_for(
    ask: Callable[..., Approval], approvals: Any
) -> None:
    approvals.put_item(Item={"approval_id": "still", "entry": "approval", "status": "pending", "decisions": [DECISION]})
    approval = ask(60, name="still")
    item = approval.item()
    assert item["decisions"] == [DECISION]
    approval.tell(item["task_token"], decision="approved")
    assert approval.output() == {"decision": "approved"}


def test_who_asks_is_barred_unless_they_may_decide(ask: Callable[..., Approval]) -> None:
    assert ask(60, self_approval=True).item()["barred"] == ""


def test_attributes_are_only_of_types_that_sdk_integrations_name_as_dynamodb_does() -> None:
    """Locally ``BOOL`` works; on AWS it is ``Bool`` there (aws/aws-sdk-js#4294)."""
    text = json.dumps(workflow_definition(partition="aws", table_name="approvals", retention_seconds=1))
    assert not [kind for kind in ("BOOL", "SS", "NS", "BS", "NULL") if f'"{kind}"' in text]


def test_a_table_that_refuses_is_tried_again_for_hours() -> None:
    """A minute's pause at most, and half of that on average: it outlasts a working day without the table."""
    states = workflow_definition(partition="aws", table_name="approvals", retention_seconds=1)["States"]
    retries = [state["Retry"] for state in states.values() if state["Type"] == "Task"]
    assert len(retries) == 6
    for retry in retries:
        (patient,) = (each for each in retry if "DynamoDb.ThrottlingException" in each["ErrorEquals"])
        assert patient["MaxAttempts"] * patient["MaxDelaySeconds"] / 2 >= 8 * 3600


def test_a_requester_whom_no_message_could_name_fails_the_step_in_words(
    ask: Callable[..., Approval], approvals: Any
) -> None:
    end = ask(60, requester="x" * 321).end()
    assert (end["status"], end["error"]) == ("FAILED", "Approval.RequesterLength")
    assert end["cause"] == "requester must have 0 to 320 characters, got 321"
    assert approvals.scan()["Items"] == []
    assert ask(60, requester="x" * 320).item()["task_token"]


@pytest.mark.parametrize("requester", ["", None])
def test_a_requester_who_turns_out_to_be_nobody_fails_the_step_in_words(
    ask: Callable[..., Approval], approvals: Any, requester: str | None
) -> None:
    end = ask(60, requester=requester).end()
    assert (end["status"], end["error"]) == ("FAILED", "Approval.NoRequester")
    assert end["cause"] == "requester is empty: nobody would be kept from deciding on a request of their own"
    assert approvals.scan()["Items"] == []
    assert ask(60, requester=requester, self_approval=True).item()["requester"] == ""


def test_what_is_null_says_nothing(ask: Callable[..., Approval]) -> None:
    assert ask(60, details=None).item()["details"] == ""
    assert ask(60, summary=None).end()["error"] == "Approval.SummaryLength"


@pytest.mark.parametrize("summary", ["", "x" * 1001])
def test_a_summary_that_no_list_could_show_fails_the_step_in_words(
    ask: Callable[..., Approval], approvals: Any, summary: str
) -> None:
    end = ask(60, summary=summary).end()
    assert (end["status"], end["error"]) == ("FAILED", "Approval.SummaryLength")
    assert end["cause"] == f"summary must have 1 to 1000 characters, got {len(summary)}"
    assert approvals.scan()["Items"] == []
