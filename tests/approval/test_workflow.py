"""The desk's own workflow, run as it is written: every way from the question to the answer."""

import json
import time
from typing import Any

import pytest

from constructs_lib.approval.approval_workflow import filled_definition
from constructs_lib.local import LocalAws

pytestmark = pytest.mark.local_aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
RIGHTS = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem"]


@pytest.fixture(scope="module")
def machine(local_aws: LocalAws) -> str:
    """A machine with the desk's definition and just the desk's rights."""
    iam = local_aws.client("iam")
    role = iam.create_role(RoleName="desk-workflow", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    table = f"arn:aws:dynamodb:{local_aws.region}:{local_aws.account}:table/approvals"
    statement = {"Effect": "Allow", "Action": RIGHTS, "Resource": table}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="desk-workflow", PolicyName="Table", PolicyDocument=policy)
    definition = filled_definition(
        Partition="aws", TableName="approvals", Approvers="managers", RetentionSeconds="86400"
    )
    made = local_aws.client("stepfunctions").create_state_machine(
        name="desk-workflow", definition=definition, roleArn=role
    )
    arn: str = made["stateMachineArn"]
    return arn


class Approval:
    """One execution, and its item."""

    def __init__(self, aws: LocalAws, machine: str, approvals: Any, timeout: int) -> None:
        self._states, self._approvals = aws.client("stepfunctions"), approvals
        question = {"step": "Approve", "summary": 42, "details": "", "requester": "erin", "timeout_seconds": timeout}
        started = self._states.start_execution(stateMachineArn=machine, input=json.dumps(question))
        self._execution = started["executionArn"]
        self.id = self._execution.rsplit(":", 1)[1]

    def item(self) -> dict[str, Any]:
        """Read the item, once it is there."""
        for _ in range(40):
            found: dict[str, Any] = self._approvals.get_item(Key={"approval_id": self.id}).get("Item", {})
            if found:
                return found
            time.sleep(0.1)
        raise TimeoutError(self.id)

    def store(self, decision: str) -> None:
        """Store a decision as the API does, and tell nobody."""
        self._approvals.update_item(
            Key={"approval_id": self.id},
            UpdateExpression="SET #s = :d, decided_by = :who, decided_at = :at, #c = :why REMOVE task_token",
            ExpressionAttributeNames={"#s": "status", "#c": "comment"},
            ExpressionAttributeValues={":d": decision, ":who": "max", ":at": "2026-01-01T00:00:00.000Z", ":why": "so"},
        )

    def tell(self, token: str, **result: str) -> None:
        self._states.send_task_success(taskToken=token, output=json.dumps(result))

    def output(self) -> dict[str, Any]:
        """Wait for the end, and return what came out."""
        for _ in range(80):
            described = self._states.describe_execution(executionArn=self._execution)
            if described["status"] != "RUNNING":
                assert described["status"] == "SUCCEEDED", described
                output: dict[str, Any] = json.loads(described["output"])
                return output
            time.sleep(0.1)
        raise TimeoutError(self.id)


def test_the_question_is_stored_with_its_deadline_and_its_end(
    local_aws: LocalAws, machine: str, approvals: Any
) -> None:
    approval = Approval(local_aws, machine, approvals, timeout=60)
    item = approval.item()
    assert (item["status"], item["waiting_for"], item["summary"]) == ("pending", "managers", "42")
    asked, deadline = (time.strptime(item[name][:19], "%Y-%m-%dT%H:%M:%S") for name in ("requested_at", "deadline"))
    assert time.mktime(deadline) - time.mktime(asked) == 60
    assert int(item["forget_at"]) - time.time() == pytest.approx(60 + 86_400, abs=30)
    approval.tell(item["task_token"], decision="approved")
    assert approval.output() == {"decision": "approved"}


def test_nobody_decides_and_it_is_closed(local_aws: LocalAws, machine: str, approvals: Any) -> None:
    approval = Approval(local_aws, machine, approvals, timeout=1)
    output = approval.output()
    item = approval.item()
    assert (output["decision"], output["decided_by"], output["comment"]) == ("expired", "", "")
    assert (item["status"], item["decided_at"]) == ("expired", output["decided_at"])
    assert not {"task_token", "waiting_for"} & set(item)


def test_a_decision_that_nobody_could_tell_of_counts(local_aws: LocalAws, machine: str, approvals: Any) -> None:
    approval = Approval(local_aws, machine, approvals, timeout=2)
    approval.item()
    approval.store("approved")
    output = approval.output()
    assert (output["decision"], output["decided_by"], output["comment"]) == ("approved", "max", "so")
    assert approval.item()["status"] == "approved"


def test_a_question_that_is_put_again_erases_no_decision(local_aws: LocalAws, machine: str, approvals: Any) -> None:
    """As after an answer of DynamoDB's that was lost: the decision is there before the put that the workflow sees."""
    states = local_aws.client("stepfunctions")
    decided = {"approval_id": "again", "status": "rejected", "decided_by": "max", "decided_at": "then", "comment": "no"}
    approvals.put_item(Item=decided)
    question = {"step": "Approve", "summary": "", "details": "", "requester": "", "timeout_seconds": 60}
    started = states.start_execution(stateMachineArn=machine, name="again", input=json.dumps(question))
    for _ in range(50):
        described = states.describe_execution(executionArn=started["executionArn"])
        if described["status"] != "RUNNING":
            break
        time.sleep(0.1)
    assert json.loads(described["output"])["decision"] == "rejected"
    assert approvals.get_item(Key={"approval_id": "again"})["Item"] == decided
