"""The desk's API called as API Gateway calls it, and questions put as the desk's workflow puts them."""

import json
from base64 import urlsafe_b64encode
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


def token_of(person: dict[str, str], groups: list[str] | None = None) -> str:
    """Make a token as Cognito would sign it; its groups are those that API Gateway tells, unless they are given."""
    told = person.get("cognito:groups", "").strip("[]").replace(",", " ").split()
    claims = json.dumps(person | {"cognito:groups": told if groups is None else groups})
    return f"header.{urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.signature"


def request(method: str, resource: str, person: dict[str, str], body: str | None = None, **more: Any) -> dict[str, Any]:
    """Make a request as API Gateway hands it over."""
    return {
        "httpMethod": method,
        "resource": resource,
        "pathParameters": None,
        "multiValueHeaders": {"Authorization": [token_of(person)]},
        "queryStringParameters": None,
        "requestContext": {"authorizer": {"claims": person}, "identity": {"sourceIp": "192.0.2.7"}},
        "body": body,
        **more,
    }


def send(event: dict[str, Any]) -> tuple[int, Any]:
    """Send a request, and read the answer."""
    answer = api.handler(event, CONTEXT)  # type: ignore[arg-type]
    assert answer["headers"] == {
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
        "X-Content-Type-Options": "nosniff",
    }
    return answer["statusCode"], json.loads(answer["body"])


def call(method: str, path: str, person: dict[str, str], body: Any = None, **query: str) -> tuple[int, Any]:
    """Call the API; its second part is the id of an approval."""
    first, _, rest = path.removeprefix("/").partition("/")
    approval_id, _, last = rest.partition("/")
    resource = "/".join(["", first, *(["{approval_id}"] if approval_id else []), *([last] if last else [])])
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    parameters = {"approval_id": approval_id} if approval_id else None
    return send(request(method, resource, person, text, pathParameters=parameters, queryStringParameters=query or None))


def decide(
    person: dict[str, str], decision: str = "approved", comment: str = "", approval_id: str = "one"
) -> tuple[int, Any]:
    """Post a decision."""
    body = {"decision": decision, "comment": comment}
    return call("POST", f"/approvals/{approval_id}/decision", person, body)
