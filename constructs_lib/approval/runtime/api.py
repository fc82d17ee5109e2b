"""The desk's API: what waits for a decision, and the decision itself.

Only a member of the approving group gets anywhere, judged by the claims that API Gateway verified. A ``GET`` changes
nothing; a decision is one ``POST``, written conditionally, so that the first one wins. This function may not talk to
the workflow: it writes, and the table's stream tells (`teller`).
"""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError, ServiceError
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

app = APIGatewayRestResolver()
logger = Logger()

DECISIONS = ("approved", "rejected")
SHOWN = (
    "approval_id",
    "step",
    "status",
    "summary",
    "details",
    "requester",
    "requested_at",
    "deadline",
    "decided_at",
    "decided_by",
    "comment",
)
"""What an answer may hold of an approval; the task token is not among it."""

_table: "Table | None" = None


def table() -> "Table":
    """Return the table of approvals; the client is kept between invocations."""
    global _table
    if _table is None:
        _table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    return _table


@app.get("/approvals")
def waiting() -> dict[str, Any]:
    """List what waits for this group, oldest first, fifty at a time; ``after`` asks for what follows an answer."""
    require_approver()
    query: dict[str, Any] = {
        "IndexName": os.environ["WAITING_INDEX"],
        "KeyConditionExpression": Key("waiting_for").eq(os.environ["APPROVERS"]),
        # One whose workflow was stopped stays in the index until it is forgotten, and waits for nobody.
        "FilterExpression": Attr("deadline").gt(timestamp(datetime.now(UTC))),
        "Limit": 50,
    }
    after = app.current_event.get_query_string_value("after")
    if after:
        item = find(after)
        query["ExclusiveStartKey"] = {
            "approval_id": after,
            "waiting_for": os.environ["APPROVERS"],
            "requested_at": item["requested_at"],
        }
    answer = table().query(**query)
    last = answer.get("LastEvaluatedKey", {}).get("approval_id")
    return {"approvals": [shown(item) for item in answer["Items"]], **({"after": last} if last else {})}


@app.get("/approvals/<approval_id>")
def approval(approval_id: str) -> dict[str, Any]:
    """Show one approval, whatever became of it."""
    require_approver()
    return shown(find(approval_id))


@app.post("/approvals/<approval_id>/decision")
def decide(approval_id: str) -> dict[str, Any]:
    """Approve or reject: the first decision wins, the same again by the same person is no error."""
    person = require_approver()
    decision, comment = decision_in(app.current_event)
    item = find(approval_id)
    if item["requester"].casefold() in {person["sub"].casefold(), person.get("email", "").casefold()} - {""}:
        raise ServiceError(403, "who asks for an approval cannot decide on it")
    now = datetime.now(UTC)
    try:
        decided = table().update_item(
            Key={"approval_id": approval_id},
            UpdateExpression="SET #status = :decision, decided_at = :now, decided_by = :who, decided_by_sub = :sub, "
            "#comment = :comment, forget_at = :forget REMOVE waiting_for, task_token",
            ConditionExpression="#status = :pending AND deadline > :now",
            ExpressionAttributeNames={"#status": "status", "#comment": "comment"},
            ExpressionAttributeValues={
                ":decision": decision,
                ":pending": "pending",
                ":now": timestamp(now),
                ":who": person.get("email", person["sub"]),
                ":sub": person["sub"],
                ":comment": comment,
                ":forget": int(now.timestamp()) + int(os.environ["RETENTION_SECONDS"]),
            },
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return answer_to_late(find(approval_id), decision, person)
    logger.info("decided", approval_id=approval_id, decision=decision)
    return shown(decided["Attributes"])


def answer_to_late(item: dict[str, Any], decision: str, person: dict[str, str]) -> dict[str, Any]:
    """Say what stood in the way of a decision; repeating one's own is no error."""
    if item["status"] in DECISIONS:
        if (item["status"], item["decided_by_sub"]) == (decision, person["sub"]):
            return shown(item)
        raise ServiceError(409, f"already {item['status']} by {item['decided_by']}")
    raise ServiceError(410, f"expired at {item['deadline']}")


def decision_in(event: Any) -> tuple[str, str]:
    """Read the decision and its comment from a request's body."""
    try:
        body = event.json_body
    except ValueError:
        raise BadRequestError("the body must be JSON") from None
    if not isinstance(body, dict) or body.get("decision") not in DECISIONS:
        raise BadRequestError(f"decision must be one of {', '.join(DECISIONS)}")
    comment = body.get("comment", "")
    if not isinstance(comment, str) or len(comment) > 2_000:
        raise BadRequestError("comment must be text of at most 2000 characters")
    return body["decision"], comment


def require_approver() -> dict[str, str]:
    """Return the claims of the signed-in person, who must be in the approving group."""
    claims: dict[str, str] = app.current_event.request_context.authorizer.claims or {}
    groups = claims.get("cognito:groups", "")
    # API Gateway hands a list over as one string, with commas.
    names = groups.strip("[]").replace(",", " ").split() if isinstance(groups, str) else groups
    if os.environ["APPROVERS"] not in names:
        raise ServiceError(403, "only an approver may look at approvals")
    return claims


def find(approval_id: str) -> dict[str, Any]:
    """Read one approval as it stands now."""
    item = table().get_item(Key={"approval_id": approval_id}, ConsistentRead=True).get("Item")
    if item is None:
        raise NotFoundError("no such approval")
    return item


def shown(item: dict[str, Any]) -> dict[str, Any]:
    """Pick what an answer may hold."""
    return {name: item[name] for name in SHOWN if name in item}


def timestamp(moment: datetime) -> str:
    """Write a moment as Step Functions does, so that two of them compare as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway's."""
    return app.resolve(event, context)
