"""``GET /requests/{request_id}``: what became of a request, for who made it and for managers."""

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from constructs_lib.items.client import dynamodb

SHOWN = ("request_id", "status", "summary", "amount", "reason", "requester")
DECIDED = ("decided_by", "decided_at", "comment", "booked_at")

logger = Logger()
app = APIGatewayRestResolver()
table = dynamodb().Table(os.environ["TABLE_NAME"])


@app.get("/requests/<request_id>")
def read(request_id: str) -> dict[str, Any]:
    """Show a request; to a stranger it does not exist."""
    claims = app.current_event.request_context.authorizer.claims or {}
    request = table.get_item(Key={"request_id": request_id}).get("Item")
    groups = str(claims.get("cognito:groups", "")).strip("[]").replace(",", " ").split()
    if request is None or (request["owner"] != claims["sub"] and os.environ["MANAGERS"] not in groups):
        raise NotFoundError("no such request")
    return {name: request[name] for name in SHOWN + DECIDED if name in request}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway's."""
    return app.resolve(event, context)
