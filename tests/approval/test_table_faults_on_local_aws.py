"""A table that is throttled, or answers nothing, and details that are too long: on the deployed desk."""

from collections import Counter

import pytest

from sample_app.people import Person
from tests.approval.trial_desk import TrialDesk, until

pytestmark = pytest.mark.local_aws

THROTTLED = "ProvisionedThroughputExceededException"
CANCELLED = "TransactionCanceledException"


@pytest.mark.parametrize("action", ["GetItem", "TransactWriteItems"])
def test_the_table_is_throttled_while_somebody_decides(trial: TrialDesk, manager: Person, action: str) -> None:
    execution, approval_id = trial.ask(f"A jug, {action}")
    with trial.aws.fault(f"dynamodb:{action}", error=THROTTLED):
        refused = manager.decide(approval_id, "approved")
    assert (refused.status_code, refused.json()) == (503, {"message": "the desk is busy: try again"})
    assert trial.show(approval_id)["status"]["S"] == "pending"
    assert manager.decide(approval_id, "approved").status_code == 200
    assert trial.answer(execution)["decision"] == "approved"
    assert trial.audit(approval_id) == Counter(["requested", "approved"])


def test_a_decision_is_stored_and_the_answer_lost(trial: TrialDesk, manager: Person) -> None:
    execution, approval_id = trial.ask("A tray")
    with trial.aws.fault("dynamodb:TransactWriteItems", error="InternalServerError", is_done=True):
        assert manager.decide(approval_id, "approved").status_code == 503
    assert trial.answer(execution)["decision"] == "approved"
    assert manager.decide(approval_id, "approved").status_code == 200  # The same again, by the same person.
    assert trial.audit(approval_id) == Counter(["requested", "approved"])


@pytest.mark.parametrize(
    ("action", "error", "hits", "is_done"),
    [
        ("TransactWriteItems", THROTTLED, 1, False),
        ("TransactWriteItems", CANCELLED, 3, False),  # Throttled in a transaction: then the workflow looks, in vain.
        ("TransactWriteItems", "InternalServerErrorException", 1, True),
        ("UpdateItem", THROTTLED, 1, False),
        ("UpdateItem", "InternalServerErrorException", 1, True),
    ],
)
def test_the_table_is_throttled_while_a_workflow_asks(
    trial: TrialDesk, manager: Person, action: str, error: str, hits: int, is_done: bool
) -> None:
    summary = f"A bowl, {action} {error} {is_done}"
    with trial.aws.fault(f"dynamodb:{action}", error=error, is_done=is_done) as fault:
        execution = trial.start(summary)
        until(lambda: fault.hits >= hits)
    approval_id = until(lambda: trial.waiting().get(summary))
    assert manager.decide(approval_id, "approved").status_code == 200
    assert trial.answer(execution)["decision"] == "approved"
    assert trial.audit(approval_id) == Counter(["requested", "approved"])


def test_the_table_is_throttled_when_the_time_ends(trial: TrialDesk) -> None:
    execution, approval_id = trial.ask("A mug", workflow="Brief")
    with trial.aws.fault("dynamodb:TransactWriteItems", error=THROTTLED) as fault:
        until(lambda: fault.hits)
    assert trial.answer(execution)["decision"] == "expired"
    assert trial.audit(approval_id) == Counter(["requested", "expired"])


def test_the_longest_details_are_kept_whole_and_leave_room_for_the_answer(trial: TrialDesk, manager: Person) -> None:
    details, comment = "한" * 20_000, "한" * 2_000
    execution, approval_id = trial.ask("A library", details=details)
    assert trial.show(approval_id)["details"]["S"] == details
    assert manager.decide(approval_id, "approved", comment).status_code == 200
    assert trial.answer(execution)["comment"] == comment


def test_longer_details_fail_the_step_in_words(trial: TrialDesk) -> None:
    end = trial.end(trial.start("A longer library", details="x" * 20_001))
    assert (end["status"], end["error"]) == ("FAILED", "Approval.DetailsLength")
    assert "A longer library" not in [item["summary"]["S"] for item in trial.items() if "summary" in item]


def test_far_longer_details_fail_the_step_and_ask_nobody(trial: TrialDesk) -> None:
    end = trial.end(trial.start("An archive", details="x" * 262_100))
    assert (end["status"], end["error"]) == ("FAILED", "States.DataLimitExceeded")
    assert "An archive" not in [item["summary"]["S"] for item in trial.items() if "summary" in item]
