"""Called by the ledger's database with each row that is written: the request then shows when that was."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


@logger.inject_lambda_context
def handler(row: dict[str, Any], _context: LambdaContext) -> None:
    """Keep the time; again for the same row changes nothing."""
    table.update_item(
        Key={"request_id": row["request_id"]},
        UpdateExpression="SET booked_at = :at",
        # What is not there any more needs no time.
        ConditionExpression="attribute_exists(request_id)",
        ExpressionAttributeValues={":at": row["written_at"]},
    )
    logger.info("booked", request_id=row["request_id"])
