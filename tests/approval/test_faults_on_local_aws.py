"""What goes wrong on the way of a decision, on the deployed desk: it reaches its workflow once, or its dead letter."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sample_app.people import Person
from tests.approval.trial_desk import TrialDesk, until

pytestmark = pytest.mark.local_aws


@pytest.fixture(autouse=True)
def dead_letters(trial: TrialDesk) -> None:
    """Begin without any."""
    for queue in ("Told", "News"):
        trial.aws.client("sqs").purge_queue(QueueUrl=trial.outputs[queue])


@pytest.fixture
def impatient(trial: TrialDesk) -> Iterator[None]:
    """A day is over: the streams try nothing again."""
    functions, mappings = trial.aws.client("lambda"), []
    for name in ("Teller", "Notifier"):
        mappings += functions.list_event_source_mappings(FunctionName=trial.outputs[name])["EventSourceMappings"]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=0)
    yield
    for mapping in mappings:
        retries = mapping["MaximumRetryAttempts"]
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=retries)


def kill(trial: TrialDesk, function: str) -> int:
    """End a function's processes in the middle of what they do, and count them."""
    killed = 0
    told = {f"AWS_LAMBDA_FUNCTION_NAME={trial.outputs[function]}", f"AWS_ENDPOINT_URL={trial.aws.endpoint_url}"}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if told <= set((process / "environ").read_text().split("\0")):
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
    return killed


def alarms_over(trial: TrialDesk, queue: str) -> list[float]:
    """The thresholds of the alarms that watch how much lies in a queue."""
    name = trial.outputs[queue].rpartition("/")[2]
    alarms = trial.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return [
        alarm["Threshold"]
        for alarm in alarms
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and {"Name": "QueueName", "Value": name} in alarm["Dimensions"]
        and alarm["ComparisonOperator"] == "GreaterThanThreshold"
    ]


def poison(trial: TrialDesk, **item: Any) -> None:
    """Write what the desk never writes, and nobody understands."""
    key = {"approval_id": {"S": item.pop("id")}, "entry": {"S": item.pop("entry")}}
    written = {name: {"S": value} for name, value in item.items()}
    trial.aws.client("dynamodb").put_item(TableName=trial.outputs["Table"], Item=key | written)


# --- from the table to the workflow ---


def test_the_teller_is_killed_between_reading_and_telling(trial: TrialDesk, manager: Person) -> None:
    execution, approval_id = trial.ask("A kettle")
    with trial.aws.fault("states:SendTaskSuccess", error=None) as fault:
        assert manager.decide(approval_id, "approved", "for tea").status_code == 200
        until(lambda: fault.hits)
        assert kill(trial, "Teller")
        until(lambda: fault.hits > 1)  # It is handed the decision again.
        assert kill(trial, "Teller")
    told = trial.answer(execution)
    assert (told["decision"], told["comment"], len(told["decisions"])) == ("approved", "for tea", 1)
    assert trial.audit(approval_id) == Counter(["requested", "approved"])
    assert trial.has_told_all()


@pytest.mark.parametrize("error", [None, "InternalServerError"])
def test_the_workflow_was_told_but_the_teller_never_learned_it(
    trial: TrialDesk, manager: Person, error: str | None
) -> None:
    """It tells it again, and takes it for final that nobody waits any more: the next decision comes through."""
    execution, approval_id = trial.ask(f"A pot, {error}")
    with trial.aws.fault("states:SendTaskSuccess", error=error, is_done=True) as fault:
        assert manager.decide(approval_id, "rejected", "no").status_code == 200
        until(lambda: fault.hits)
        assert trial.answer(execution)["comment"] == "no"
        kill(trial, "Teller")
    following, next_id = trial.ask(f"Another pot, {error}")
    assert manager.decide(next_id, "approved").status_code == 200
    assert trial.answer(following)["decision"] == "approved"
    assert trial.answer(execution)["decision"] == "rejected"
    assert trial.has_told_all()
    assert any("the workflow waits no more" in line and approval_id in line for line in trial.logged("Teller"))


def test_step_functions_refuses_for_a_while(trial: TrialDesk, manager: Person) -> None:
    asked = [trial.ask(f"Spoon {number}") for number in range(3)]
    with trial.aws.fault("states:SendTaskSuccess") as fault:
        for _, approval_id in asked:
            assert manager.decide(approval_id, "approved").status_code == 200
        until(lambda: fault.hits > 2 * len(asked))  # More than boto3 tries by itself: the stream delivers again.
        until(lambda: [text for text in trial.news() if "Spoon" in text and "approved" in text])
        running = {trial.describe(execution)["status"] for execution, _ in asked}
    assert running == {"RUNNING"}
    assert [trial.answer(execution)["approval_id"] for execution, _ in asked] == [each for _, each in asked]
    assert trial.has_told_all()


@pytest.mark.usefixtures("impatient")
def test_step_functions_refuses_for_a_day(trial: TrialDesk, manager: Person) -> None:
    """The decision's place in the stream is a dead letter, with an alarm; the workflow looks when its time ends."""
    execution, approval_id = trial.ask("A samovar", workflow="Brief")
    with trial.aws.fault("states:SendTaskSuccess", error="AccessDeniedException"):
        assert manager.decide(approval_id, "approved").status_code == 200
        until(lambda: trial.dead_letters("Told"))
        told = trial.answer(execution)
    assert (told["decision"], told["decided_by"]) == ("approved", "manager@example.com")
    assert trial.dead_letters("Told") == 1
    assert alarms_over(trial, "Told") == [0]
    assert trial.audit(approval_id) == Counter(["requested", "approved"])


def test_a_record_that_nobody_understands_holds_up_no_decision(trial: TrialDesk, manager: Person) -> None:
    execution, approval_id = trial.ask("A ladle")
    secret = {"id": "poison", "entry": "approval", "task_token": "the-token"}
    poison(trial, **secret, status="pending")
    poison(trial, **secret, status="approved", decisions="none")
    assert manager.decide(approval_id, "approved").status_code == 200
    assert trial.answer(execution)["decision"] == "approved"
    (letter,) = until(lambda: trial.letters("Told"))
    assert json.loads(letter)["keys"] == {"approval_id": {"S": "poison"}, "entry": {"S": "approval"}}
    assert "the-token" not in letter
    assert alarms_over(trial, "Told") == [0]


def test_the_time_ends_while_people_decide(trial: TrialDesk, manager: Person) -> None:
    """Whoever gets 200 has decided, and the workflow knows it; whoever gets 410 has not."""
    cups = {f"Cup {number}": number for number in range(6)}
    executions = [trial.start(cup, workflow="Brief") for cup in cups]
    ids = until(lambda: found if cups.keys() <= (found := trial.waiting()).keys() else None)

    def decide(cup: str) -> int:
        end = datetime.fromisoformat(trial.show(ids[cup])["expires_at"]["S"]).timestamp()
        time.sleep(max(0, end + (cups[cup] - 3) * 0.05 - time.time()))
        return manager.decide(ids[cup], "approved").status_code

    with ThreadPoolExecutor(len(cups)) as clients:
        answers = list(clients.map(decide, cups))
    assert set(answers) <= {200, 410}
    outcomes = [trial.answer(execution)["decision"] for execution in executions]
    assert outcomes == ["approved" if answer == 200 else "expired" for answer in answers]
    for cup, outcome in zip(cups, outcomes, strict=True):
        assert trial.audit(ids[cup]) - Counter(["refused"]) == Counter(["requested", outcome])
    assert trial.has_told_all()


# --- from the table to people ---


def test_the_notifier_is_down_for_a_while(trial: TrialDesk, manager: Person) -> None:
    execution, approval_id = trial.ask("A whisk")
    until(lambda: [text for text in trial.news() if "whisk" in text])
    with trial.aws.fault("sns:Publish", error="InternalError") as fault:
        assert manager.decide(approval_id, "rejected", "we have one").status_code == 200
        assert trial.answer(execution)["decision"] == "rejected"
        until(lambda: fault.hits)
        assert not trial.news()
    (told,) = until(lambda: [text for text in trial.news() if approval_id in text])
    assert "rejected" in told
    assert trial.has_told_all()


@pytest.mark.usefixtures("impatient")
def test_news_that_cannot_be_told_are_a_dead_letter(trial: TrialDesk, manager: Person) -> None:
    execution, approval_id = trial.ask("A sieve")
    with trial.aws.fault("events:PutEvents", error="AccessDeniedException"):
        assert manager.decide(approval_id, "approved").status_code == 200
        assert trial.answer(execution)["decision"] == "approved"
        until(lambda: trial.dead_letters("News"))
    assert trial.dead_letters("Told") == 0
    assert alarms_over(trial, "News") == [0]


def test_an_entry_that_nobody_understands_holds_up_no_news(trial: TrialDesk) -> None:
    poison(trial, id="poison", entry="audit poison", event="approved")
    _, approval_id = trial.ask("A grater")
    until(lambda: [text for text in trial.news() if approval_id in text])
    (letter,) = until(lambda: trial.letters("News"))
    assert json.loads(letter)["keys"]["entry"] == {"S": "audit poison"}
