"""The desk's API called as API Gateway calls it, and questions put as the desk's workflow puts them."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from constructs_lib.approval.runtime.desk import api

CONTEXT = SimpleNamespace(
    function_name="api", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="request"
)
MAX = {"sub": "sub-of-max", "email": "max@example.com", "cognito:groups": "managers"}
MAYA = {"sub": "sub-of-maya", "email": "maya@example.com", "cognito:groups": "staff,managers"}
MILA = {"sub": "sub-of-mila", "email": "mila@example.com", "cognito:groups": "managers"}
DORA = {"sub": "sub-of-dora", "email": "dora@example.com", "cognito:groups": "directors"}


def moment(**from_now: float) -> str:
    when = datetime.now(UTC) + timedelta(**from_now)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ask(approvals: Any, approval_id: str = "one", **changed: Any) -> None:
    """Put a question as the desk's workflow does."""
    requester = changed.get("requester", "sub-of-erin")
    requested_at = changed.get("requested_at", moment(minutes=-1))
    question = {
        "approval_id": approval_id,
        "entry": "approval",
        "status": "pending",
        "waiting_for": "managers",
        "place": f"{requested_at} {approval_id}",
        "groups": ["managers"],
        "task_token": "the-token",
        "step": "Approve",
        "summary": "A kettle",
        "details": "",
        "requester": requester,
        "barred": requester,
        "quorum": 1,
        "decisions": [],
        "requested_at": requested_at,
        "expires_at": moment(minutes=1),
        "forget_at": 4_000_000_000,
    }
    approvals.put_item(Item=question | changed)


def stored(approvals: Any, approval_id: str = "one") -> dict[str, Any]:
    item: dict[str, Any] = approvals.get_item(Key={"approval_id": approval_id, "entry": "approval"})["Item"]
    return item


def entries(approvals: Any, approval_id: str = "one") -> list[dict[str, Any]]:
    """The audit of an approval."""
    items = [item for item in approvals.scan(ConsistentRead=True)["Items"] if item["approval_id"] == approval_id]
    return sorted((item for item in items if item["entry"] != "approval"), key=lambda item: str(item["entry"]))


def call(method: str, path: str, person: dict[str, str], body: Any = None, **query: str) -> tuple[int, Any]:
    """Send a request as API Gateway hands it over."""
    call.count += 1  # type: ignore[attr-defined]
    event = {
        "httpMethod": method,
        "path": path,
        "resource": path,
        "headers": {},
        "queryStringParameters": query or None,
        "requestContext": {
            "requestId": f"request-{call.count}",  # type: ignore[attr-defined]
            "authorizer": {"claims": person},
            "identity": {"sourceIp": "192.0.2.7"},
        },
        "body": body if isinstance(body, str) else json.dumps(body),
    }
    answer = api.handler(event, CONTEXT)  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


call.count = 0  # type: ignore[attr-defined]


def decide(
    person: dict[str, str], decision: str = "approved", comment: str = "", approval_id: str = "one"
) -> tuple[int, Any]:
    """Post a decision."""
    body = {"decision": decision, "comment": comment}
    return call("POST", f"/approvals/{approval_id}/decision", person, body)
