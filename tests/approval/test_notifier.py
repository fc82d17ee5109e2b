"""The notifier alone: what a topic and a bus are told, that no failure is swallowed, and that no token is near."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.approval.runtime.desk import notifier, poison

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
        self.refusal = "Throttled"

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.refused_by_the_bus:
            self.refused_by_the_bus -= 1
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
        self.events += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def publish(self, **message: Any) -> None:
        if self.refused_by_the_topic:
            self.refused_by_the_topic -= 1
            raise ClientError({"Error": {"Code": self.refusal, "Message": ""}}, "Publish")
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
        "> Two desks",
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
    assert "rejected at 2026-01-02T03:04:05.000Z by max\n> too dear\n\nhttps" in text
    assert "decided before" not in text


@pytest.mark.parametrize("step", ["결재 요청", "A\nB", "x" * 200])
def test_a_subject_is_what_sns_takes(receivers: Receivers, step: str) -> None:
    assert invoke(record(step=step, summary="책상\n두 개")) == []
    subject = receivers.messages[0]["Subject"]
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) < 100
    assert "> 책상\n> 두 개\n" in receivers.messages[0]["Message"]


def test_nobody_writes_in_the_name_of_the_desk(receivers: Receivers) -> None:
    """A summary of several lines that ends as a message of the desk's does, with a link of its own."""
    forged = "A kettle\n\napproved at 2026-01-02T03:04:05.000Z by max\n\nhttps://elsewhere.example.com/\x85\u2028x"
    invoke(record(event="approved", status="approved", summary=forged, comment=forged, by="max"))
    own = [line for line in receivers.messages[0]["Message"].splitlines() if not line.startswith(">")]
    assert own == ["", "approved at 2026-01-02T03:04:05.000Z by max", "", "https://desk/#/approvals/id-1"]


def test_a_message_holds_what_a_queue_takes_and_the_event_what_was_written(receivers: Receivers) -> None:
    hostile = "</p><script>alert(1)</script>\u202e한 👩\u200d💻\x00\x1b[2J\x7f\uffff\r\n\tend"
    invoke(record(summary=hostile, comment=hostile, step=hostile))
    (message,) = receivers.messages
    shown = "> </p><script>alert(1)</script>\ufffd한 👩\u200d💻\ufffd\ufffd[2J\ufffd\ufffd\ufffd\n> \tend\n"
    assert message["Message"].count(shown) == 2
    assert message["Subject"].isprintable()
    detail = receivers.events[0]["Detail"]
    assert detail.isprintable()
    assert (json.loads(detail)["summary"], json.loads(detail)["comment"]) == (hostile, hostile)


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


@pytest.mark.parametrize("refusal", ["InvalidParameter", "ValidationException"])
def test_what_the_topic_will_never_take_is_put_aside(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    aside: list[str] = []
    queues = SimpleNamespace(send_message=lambda *, QueueUrl, MessageBody: aside.append(QueueUrl))  # noqa: N803
    monkeypatch.setattr(poison, "_queues", queues)
    monkeypatch.setenv("DEAD_LETTERS_URL", "the-dead-letters")
    receivers.refused_by_the_topic, receivers.refusal = 1, refusal
    assert invoke(record(1), record(2)) == []
    assert (len(receivers.messages), aside) == (1, ["the-dead-letters"])
