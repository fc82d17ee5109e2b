"""The teller alone: each decision is told, a final answer is no error, only the record that failed is reported."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.exceptions import ClientError, EndpointConnectionError

from constructs_lib.approval.runtime.desk import poison, teller


class TaskTimedOut(Exception):  # noqa: N818 - as botocore names it
    pass


class TaskDoesNotExist(Exception):  # noqa: N818 - as botocore names it
    pass


class Workflows:
    """Step Functions' end of the line: remembers what it was told, or answers with an error."""

    exceptions = SimpleNamespace(TaskTimedOut=TaskTimedOut, TaskDoesNotExist=TaskDoesNotExist)

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.errors: dict[str, Exception] = {}

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803 - boto3's name
        if taskToken in self.errors:
            raise self.errors[taskToken]
        self.told[taskToken] = json.loads(output)


class Aside:
    """The dead-letter queue: remembers what it was given."""

    def __init__(self) -> None:
        self.places: list[dict[str, Any]] = []

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - boto3's names
        assert QueueUrl == "the-dead-letters"
        self.places.append(json.loads(MessageBody))


@pytest.fixture(autouse=True)
def aside(monkeypatch: pytest.MonkeyPatch) -> Aside:
    fake = Aside()
    monkeypatch.setattr(poison, "_queues", fake)
    monkeypatch.setenv("DEAD_LETTERS_URL", "the-dead-letters")
    return fake


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "SendTaskSuccess")


@pytest.fixture
def workflows(monkeypatch: pytest.MonkeyPatch) -> Workflows:
    fake = Workflows()
    monkeypatch.setattr(teller, "_workflows", fake)
    return fake


def decision(by: str, decided: str) -> dict[str, Any]:
    made = {"by": by, "sub": f"sub-of-{by}", "decision": decided, "at": "2026-01-02T03:04:05.000Z", "comment": "so"}
    return {"M": {name: {"S": value} for name, value in made.items()}}


def record(number: int, status: str = "approved") -> dict[str, Any]:
    """A stream record of a decision, which takes the token out of the item."""
    new = {
        "approval_id": {"S": f"id-{number}"},
        "status": {"S": status},
        "decisions": {"L": [decision("max", "approved"), decision("maya", status)]},
        "forget_at": {"N": "1800000000"},
    }
    return {
        "eventID": str(number),
        "eventName": "MODIFY",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "SequenceNumber": str(number),
            "OldImage": {"approval_id": {"S": f"id-{number}"}, "task_token": {"S": f"token-{number}"}},
            "NewImage": new,
        },
    }


CONTEXT = SimpleNamespace(
    function_name="teller", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="request"
)


def invoke(*records: dict[str, Any]) -> list[str]:
    """Deliver a batch and return the records that are reported as failed."""
    answer = teller.handler({"Records": list(records)}, CONTEXT)  # type: ignore[arg-type]
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def test_each_decision_is_told_with_who_when_and_why(workflows: Workflows) -> None:
    assert invoke(record(1), record(2, "rejected")) == []
    last = {"by": "maya", "decision": "approved", "at": "2026-01-02T03:04:05.000Z", "comment": "so"}
    assert workflows.told["token-1"] == {
        "approval_id": "id-1",
        "decision": "approved",
        "decided_by": "maya",
        "decided_at": "2026-01-02T03:04:05.000Z",
        "comment": "so",
        "decisions": [last | {"by": "max"}, last],
    }
    assert workflows.told["token-2"]["decision"] == "rejected"


def test_what_was_decided_before_the_workflow_waited_needs_no_telling(workflows: Workflows) -> None:
    early = record(1)
    del early["dynamodb"]["OldImage"]["task_token"]
    assert invoke(early, record(2)) == []
    assert list(workflows.told) == ["token-2"]


@pytest.mark.parametrize("final", [TaskTimedOut(), TaskDoesNotExist()])
def test_that_nobody_waits_any_more_is_a_final_answer(workflows: Workflows, final: Exception) -> None:
    workflows.errors["token-1"] = final
    assert invoke(record(1), record(2)) == []
    assert list(workflows.told) == ["token-2"]


def test_only_the_record_that_failed_is_reported(workflows: Workflows) -> None:
    workflows.errors["token-2"] = client_error("ThrottlingException")
    assert invoke(record(1), record(2), record(3)) == ["2"]
    assert list(workflows.told) == ["token-1", "token-3"]


def test_what_was_told_already_is_told_again_without_harm(workflows: Workflows) -> None:
    """As after a crash between telling and answering: Step Functions knows the token no more."""
    assert invoke(record(1)) == []
    workflows.errors["token-1"] = TaskTimedOut()
    assert invoke(record(1)) == []


def test_a_record_that_nobody_understands_is_put_aside_and_holds_up_no_other(
    workflows: Workflows, aside: Aside
) -> None:
    bad = record(1)
    bad["dynamodb"]["NewImage"]["decisions"] = {"S": "none"}
    assert invoke(bad, record(2)) == []
    assert list(workflows.told) == ["token-2"]
    assert [place["sequenceNumber"] for place in aside.places] == ["1"]
    assert "token-" not in json.dumps(aside.places)


@pytest.mark.parametrize("code", ["InvalidToken", "InvalidOutput"])
def test_what_step_functions_will_never_take_is_put_aside(workflows: Workflows, aside: Aside, code: str) -> None:
    workflows.errors["token-1"] = client_error(code)
    assert invoke(record(1), record(2)) == []
    assert [place["error"] for place in aside.places] == ["ClientError"]


@pytest.mark.parametrize("passing", [client_error("ThrottlingException"), EndpointConnectionError(endpoint_url="x")])
def test_what_may_pass_is_tried_again(workflows: Workflows, aside: Aside, passing: Exception) -> None:
    workflows.errors["token-1"] = passing
    assert invoke(record(1), record(2)) == ["1"]
    assert aside.places == []


def test_while_step_functions_refuses_each_decision_stays_to_be_told(workflows: Workflows) -> None:
    workflows.errors = {f"token-{number}": client_error("ThrottlingException") for number in (1, 2)}
    with pytest.raises(BatchProcessingError):
        invoke(record(1), record(2))
    assert list(workflows.told) == []
    workflows.errors.clear()
    assert invoke(record(1), record(2)) == []
    assert list(workflows.told) == ["token-1", "token-2"]


def test_no_token_is_logged(workflows: Workflows, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = io.StringIO()
    monkeypatch.setattr(teller.logger.registered_handler, "stream", logged)
    workflows.errors["token-2"] = TaskTimedOut()
    workflows.errors["token-3"] = client_error("ThrottlingException")
    invoke(record(1), record(2), record(3))
    assert "id-1" in logged.getvalue()
    assert "token-" not in logged.getvalue()
