"""``POST /requests``: keep a request and start its workflow, or keep a draft that goes by itself."""

import json
import os
import time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import BadRequestError
from aws_lambda_powertools.utilities.typing import LambdaContext

DRAFT_LIVES = 30 * 24 * 3600  # seconds

logger = Logger()
app = APIGatewayRestResolver()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
workflows = boto3.client("stepfunctions")


@app.post("/requests")
def submit() -> Response[Any]:
    """Keep what was asked for; unless it is a draft, ask a manager."""
    summary, amount, reason, draft = wish()
    claims = app.current_event.request_context.authorizer.claims or {}
    request = {
        "request_id": str(uuid4()),
        "summary": summary,
        "amount": str(amount),
        "reason": reason,
        "requester": claims.get("email", claims["sub"]),
        "owner": claims["sub"],
        "status": "draft" if draft else "waiting",
    }
    expiry = {"expires_at": int(time.time()) + DRAFT_LIVES} if draft else {}
    table.put_item(Item={**request, **expiry}, ConditionExpression="attribute_not_exists(request_id)")
    if not draft:
        # Named after the request, which so has one execution at most.
        workflows.start_execution(
            stateMachineArn=os.environ["WORKFLOW_ARN"], name=request["request_id"], input=json.dumps(request)
        )
    logger.info("submitted", request_id=request["request_id"], status=request["status"])
    return Response(
        status_code=201,
        content_type="application/json",
        body=json.dumps({"request_id": request["request_id"], "status": request["status"]}),
    )


def wish() -> tuple[str, Decimal, str, bool]:
    """Read what is asked for from the body."""
    try:
        body = app.current_event.json_body
        summary, amount, reason = body["summary"], Decimal(str(body["amount"])), body.get("reason", "")
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation):
        raise BadRequestError("the body must be JSON with summary and amount") from None
    if not isinstance(summary, str) or not 1 <= len(summary) <= 200:
        raise BadRequestError("summary must be text of 1 to 200 characters")
    if not isinstance(reason, str) or len(reason) > 1_000:
        raise BadRequestError("reason must be text of at most 1000 characters")
    if not amount.is_finite() or not 0 < amount <= 1_000_000:
        raise BadRequestError("amount must be more than 0 and at most 1000000")
    return summary, amount, reason, body.get("draft") is True


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway's."""
    return app.resolve(event, context)
