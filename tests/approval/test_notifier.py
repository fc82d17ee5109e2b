"""The notifier alone: what a topic and a bus are told, that no failure is swallowed, and that no token is near."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.approval.runtime.desk import notifier

CONTEXT = SimpleNamespace(
    function_name="notifier", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="request"
)


class Receivers:
    """A bus and a topic that remember, or refuse."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.refused_by_the_bus = 0
        self.refused_by_the_topic = 0

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.refused_by_the_bus:
            self.refused_by_the_bus -= 1
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
        self.events += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def publish(self, **message: Any) -> None:
        if self.refused_by_the_topic:
            self.refused_by_the_topic -= 1
            raise RuntimeError("throttled")
        self.messages.append(message)


@pytest.fixture(autouse=True)
def receivers(monkeypatch: pytest.MonkeyPatch) -> Receivers:
    both = Receivers()
    monkeypatch.setattr(notifier, "_buses", both)
    monkeypatch.setattr(notifier, "_topics", both)
    for name, value in {"PAGE_URL": "https://desk/", "EVENT_BUS_ARN": "bus", "TOPIC_ARN": "topic"}.items():
        monkeypatch.setenv(name, value)
    return both


def record(number: int = 1, **changed: str) -> dict[str, Any]:
    entry = {
        "approval_id": f"id-{number}",
        "entry": "audit 2026-01-02T03:04:05.000Z requested",
        "event": "requested",
        "status": "pending",
        "at": "2026-01-02T03:04:05.000Z",
        "by": "",
        "comment": "",
        "step": "Approve",
        "summary": "Two desks",
        "requester": "erin",
        "expires_at": "2026-01-03T03:04:05.000Z",
        "address": "192.0.2.7",
        "by_sub": "sub-of-max",
    }
    image: dict[str, Any] = {name: {"S": value} for name, value in (entry | changed).items()}
    image |= {"quorum": {"N": "2"}, "groups": {"L": [{"S": "managers"}]}, "forget_at": {"N": "1800000000"}}
    return {
        "eventID": str(number),
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"SequenceNumber": str(number), "NewImage": image},
    }


def invoke(*records: dict[str, Any]) -> list[str]:
    answer = notifier.handler({"Records": list(records)}, CONTEXT)  # type: ignore[arg-type]
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def test_a_bus_is_told_who_what_when_and_why_but_no_address(receivers: Receivers) -> None:
    assert invoke(record(event="approved", status="approved", by="max@example.com", comment="sit less")) == []
    (event,) = receivers.events
    assert (event["Source"], event["DetailType"], event["EventBusName"]) == (
        "constructs_lib.approval",
        "Approval approved",
        "bus",
    )
    assert json.loads(event["Detail"]) == {
        "id": "id-1 audit 2026-01-02T03:04:05.000Z requested",
        "approval_id": "id-1",
        "event": "approved",
        "status": "approved",
        "step": "Approve",
        "summary": "Two desks",
        "requester": "erin",
        "at": "2026-01-02T03:04:05.000Z",
        "by": "max@example.com",
        "comment": "sit less",
        "expires_at": "2026-01-03T03:04:05.000Z",
        "quorum": 2,
        "groups": ["managers"],
        "link": "https://desk/#/approvals/id-1",
    }


def test_people_get_a_link_whose_last_part_no_server_sees(receivers: Receivers) -> None:
    invoke(record())
    (message,) = receivers.messages
    assert message["Subject"] == "Approval requested: Approve"
    assert message["Message"].splitlines() == [
        "Two desks",
        "",
        "requested at 2026-01-02T03:04:05.000Z",
        "to be decided before 2026-01-03T03:04:05.000Z",
        "",
        "https://desk/#/approvals/id-1",
    ]
    attributes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert attributes == {"event": "requested", "status": "pending", "groups": '["managers"]'}


def test_without_a_page_people_are_told_which_approval(receivers: Receivers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAGE_URL")
    invoke(record())
    assert receivers.messages[0]["Message"].splitlines()[-1] == "id-1"
    assert json.loads(receivers.events[0]["Detail"])["link"] == ""


def test_a_closed_one_tells_who_and_why_and_no_deadline(receivers: Receivers) -> None:
    invoke(record(event="rejected", status="rejected", by="max", comment="too dear"))
    text = receivers.messages[0]["Message"]
    assert "rejected at 2026-01-02T03:04:05.000Z by max\ntoo dear\n\nhttps" in text
    assert "decided before" not in text


@pytest.mark.parametrize("step", ["결재 요청", "A\nB", "x" * 200])
def test_a_subject_is_what_sns_takes(receivers: Receivers, step: str) -> None:
    assert invoke(record(step=step, summary="책상\n두 개")) == []
    subject = receivers.messages[0]["Subject"]
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) <= 100
    assert "책상\n두 개" in receivers.messages[0]["Message"]


def test_what_the_bus_refuses_is_told_again(receivers: Receivers) -> None:
    receivers.refused_by_the_bus = 1
    assert invoke(record(1), record(2)) == ["1"]
    assert [json.loads(event["Detail"])["approval_id"] for event in receivers.events] == ["id-2"]
    assert len(receivers.messages) == 1


def test_what_the_topic_refuses_is_told_again(receivers: Receivers) -> None:
    receivers.refused_by_the_topic = 1
    assert invoke(record(1), record(2)) == ["1"]
    assert invoke(record(1)) == []
    assert len(receivers.messages) == 2
