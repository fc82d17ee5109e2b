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
from botocore.config import Config

from .poison import unless_poison

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from mypy_boto3_stepfunctions.client import SFNClient

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

_TOLD = ("by", "decision", "at", "comment")
"""What the workflow learns of each decision."""

# What is not told soon is delivered again: to try longer would take the time of the decisions that come with it.
_PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
_workflows: "SFNClient | None" = None


def workflows() -> "SFNClient":
    """Return the client of Step Functions; it is kept between invocations."""
    global _workflows
    if _workflows is None:
        _workflows = boto3.client("stepfunctions", config=_PATIENCE)
    return _workflows


def tell(record: DynamoDBRecord) -> None:
    """Tell one decision; that the workflow waits no more is a final answer, not an error."""
    change = record.dynamodb
    assert change is not None  # noqa: S101 - a stream record always carries its change
    approval_id = change.new_image["approval_id"]
    # The decision took the token out of the item: only its old image has it.
    token = change.old_image.get("task_token")
    if token is None:
        logger.info("decided before the workflow waited: it will look", approval_id=approval_id)
        return
    client = workflows()
    try:
        client.send_task_success(taskToken=token, output=json.dumps(result_of(change.new_image)))
    except (client.exceptions.TaskTimedOut, client.exceptions.TaskDoesNotExist) as final:
        logger.warning("the workflow waits no more", approval_id=approval_id, answer=type(final).__name__)
    else:
        logger.info("told", approval_id=approval_id, decision=change.new_image["status"])


def result_of(approval: dict[str, Any]) -> dict[str, Any]:
    """Make what a step results in: who decided what, when and why; of several, the last one closed it."""
    decisions = [{name: each[name] for name in _TOLD} for each in approval["decisions"]]
    last = decisions[-1]
    return {
        "approval_id": approval["approval_id"],
        "decision": approval["status"],
        "decided_by": last["by"],
        "decided_at": last["at"],
        "comment": last["comment"],
        "decisions": decisions,
    }


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Tell each decision of a batch, and report the records that failed."""
    return process_partial_response(
        event=event, record_handler=unless_poison(tell), processor=processor, context=context
    )
