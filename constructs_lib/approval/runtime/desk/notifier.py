"""Tells people and event buses what happened at the desk, from the table's stream.

It hears of the entries of the audit, each at least once, and of nothing else: no record that it is handed holds a task
token. A record that fails is tried again, and at last put in a dead-letter queue.
"""

import json
import os
from textwrap import indent
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from .poison import PassingError, unless_poison

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

SOURCE = "constructs_lib.approval"
_SUBJECT_LENGTH = 99
"""Less than 100 characters (Amazon SNS Publish); what does not fit is in the message, whole."""
_UNTOLD = (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xFFFF)
_CONTROL_CHARACTERS = {code: "\ufffd" for code in _UNTOLD if chr(code) not in "\t\n"}
"""What a queue that gets messages as they are does not take (Amazon SQS SendMessage), a terminal might obey, or turns
the order of others around: an amount could read as another one."""

_buses: Any = None
_topics: Any = None


class NotPutError(PassingError):
    """The bus took the call, but not the event."""


def buses() -> Any:
    """Return the client of EventBridge; it is kept between invocations."""
    global _buses
    if _buses is None:
        _buses = boto3.client("events")
    return _buses


def topics() -> Any:
    """Return the client of SNS; it is kept between invocations."""
    global _topics
    if _topics is None:
        _topics = boto3.client("sns")
    return _topics


def spread(record: DynamoDBRecord) -> None:
    """Spread one piece of news; who gets it twice knows it by its ``id``."""
    change = record.dynamodb
    assert change is not None  # noqa: S101 - a stream record always carries its change
    news = news_in(change.new_image)
    put = buses().put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS_ARN"],
                "Source": SOURCE,
                "DetailType": f"Approval {news['event']}",
                "Detail": json.dumps(news),
            }
        ]
    )
    if put["FailedEntryCount"]:
        raise NotPutError(put["Entries"][0].get("ErrorCode", ""))
    topics().publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=subject_of(news),
        Message=message_of(news),
        MessageAttributes={
            "event": {"DataType": "String", "StringValue": news["event"]},
            "status": {"DataType": "String", "StringValue": news["status"]},
            "groups": {"DataType": "String.Array", "StringValue": json.dumps(news["groups"])},
        },
    )
    logger.info("spread", approval_id=news["approval_id"], event=news["event"])


def news_in(entry: dict[str, Any]) -> dict[str, Any]:
    """Pick what may be told of an entry: not from which address, and not the details."""
    told = ("approval_id", "event", "status", "step", "summary", "requester", "at", "by", "comment", "expires_at")
    page = os.environ.get("PAGE_URL", "")
    link = f"{page}#/approvals/{entry['approval_id']}" if page else ""
    own = {"id": f"{entry['approval_id']} {entry['entry']}", "groups": entry["groups"], "link": link}
    return {name: entry.get(name, "") for name in told} | {"quorum": int(entry["quorum"])} | own


def subject_of(news: dict[str, Any]) -> str:
    """Write a subject as SNS takes it: printable ASCII in one line; the summary itself is in the message."""
    text = f"Approval {news['event']}: {news['step']}"
    printable = "".join(character if " " <= character <= "~" else "?" for character in text)
    return printable[:_SUBJECT_LENGTH]


def message_of(news: dict[str, Any]) -> str:
    """Write the message; its link opens the page, and by itself does nothing; without a page it says which approval."""
    lines = [
        quoted(news["summary"]),
        "",
        f"{news['event']} at {news['at']}" + (f" by {news['by']}" if news["by"] else ""),
    ]
    if news["comment"]:
        lines.append(quoted(news["comment"]))
    if news["status"] == "pending":
        lines.append(f"to be decided before {news['expires_at']}")
    return "\n".join([*lines, "", news["link"] or news["approval_id"]])


def quoted(text: str) -> str:
    """Mark what somebody wrote as a quotation, line by line, so that nobody takes it for the desk's own words."""
    return indent(text.translate(_CONTROL_CHARACTERS), "> ", lambda _: True)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Spread the news of a batch, and report the records that failed."""
    return process_partial_response(
        event=event, record_handler=unless_poison(spread), processor=processor, context=context
    )
