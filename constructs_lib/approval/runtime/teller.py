"""Tells the workflow what was decided, from the table's stream.

It is called for each decision at least once. A record that fails is tried again and at last put in a dead-letter queue;
the workflow then still learns of the decision when its wait ends, since it looks in the table first.
"""

import json
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from mypy_boto3_stepfunctions.client import SFNClient

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

TOLD = ("approval_id", "decided_by", "decided_at", "comment")
"""What the workflow learns besides the decision."""

_workflows: "SFNClient | None" = None


def workflows() -> "SFNClient":
    """Return the client of Step Functions; it is kept between invocations."""
    global _workflows
    if _workflows is None:
        _workflows = boto3.client("stepfunctions")
    return _workflows


def tell(record: DynamoDBRecord) -> None:
    """Tell one decision; that the workflow waits no more is a final answer, not an error."""
    change = record.dynamodb
    assert change is not None  # noqa: S101 - a stream record always carries its change
    decided = change.new_image
    result = {"decision": decided["status"], **{name: decided[name] for name in TOLD}}
    client = workflows()
    try:
        # The decision took the token out of the item: only its old image has it.
        client.send_task_success(taskToken=change.old_image["task_token"], output=json.dumps(result))
    except (client.exceptions.TaskTimedOut, client.exceptions.TaskDoesNotExist) as final:
        logger.warning("the workflow waits no more", approval_id=decided["approval_id"], answer=type(final).__name__)
    else:
        logger.info("told", approval_id=decided["approval_id"], decision=decided["status"])


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Tell each decision of a batch, and report the records that failed."""
    return process_partial_response(event=event, record_handler=tell, processor=processor, context=context)
