"""Stream records that nobody can handle, whenever it is tried: put aside at once.

A record that fails holds up those behind it for as long as it is tried again. That is right while AWS refuses, for a
day if need be; but what this code does not understand it will not understand later.
"""

import json
import os
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from botocore.exceptions import BotoCoreError, ClientError

logger = Logger(child=True)

Handler = Callable[[DynamoDBRecord], None]

_FINAL = {"InvalidOutput", "InvalidToken", "InvalidParameter", "ValidationException"}
"""What is answered every time, by Step Functions (SendTaskSuccess), SNS (Publish) and EventBridge (PutEvents)."""

_queues: Any = None


class PassingError(Exception):
    """What may be gone when it is tried again."""


def queues() -> Any:
    """Return the client of SQS; it is kept between invocations."""
    global _queues
    if _queues is None:
        _queues = boto3.client("sqs")
    return _queues


def unless_poison(handle: Handler) -> Handler:
    """Handle records, but put aside those that will never be handled."""

    def handle_or_put_aside(record: DynamoDBRecord) -> None:
        try:
            handle(record)
        except (BotoCoreError, PassingError):
            raise
        except ClientError as error:
            if error.response["Error"]["Code"] not in _FINAL:
                raise
            put_aside(record, error)
        except Exception as error:  # whatever it is, it comes with the record
            put_aside(record, error)

    return handle_or_put_aside


def put_aside(record: DynamoDBRecord, error: Exception) -> None:
    """Put where the record is, not the record, in the stream's dead-letter queue: no token goes anywhere."""
    change = record.raw_event["dynamodb"]
    place = {
        "streamArn": record.raw_event.get("eventSourceARN", ""),
        "sequenceNumber": change["SequenceNumber"],
        "keys": change.get("Keys", {}),
        "error": type(error).__name__,
    }
    logger.error("put aside: nobody can handle it", **place)
    queues().send_message(QueueUrl=os.environ["DEAD_LETTERS_URL"], MessageBody=json.dumps(place))
