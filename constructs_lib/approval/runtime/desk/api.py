"""The desk's API: what waits for a decision, and the decision itself.

Only a member of a group that was asked gets anywhere, judged by the claims that API Gateway verified. A ``GET`` changes
nothing; a decision is one ``POST``. No function of the API may talk to the workflow: it writes, and the table's stream
tells (`teller`).
"""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnectedError

from . import approvals, audit
from .approval import DECISIONS
from .decisions import Decision
from .person import Person
from .refusals import BUSY, NO_APPROVER, NO_COMMENT, NO_SUCH, Refusal

logger = Logger()

_COMMENT_LENGTH = 2_000
_CURSOR_LENGTH = 200
_TRIED = {"MaxAttemptsReached", "RetryQuotaReached"}
_HEADERS = {"Cache-Control": "no-store", "Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}

Body = dict[str, Any]
Event = dict[str, Any]


def waiting(person: Person, event: Event) -> Body:
    """List what waits for the caller's groups, oldest first."""
    waits, cursor = approvals.waiting_for(require_approver(person).desk_groups, after=cursor_in(event))
    return {"approvals": [each.summary() for each in waits], "cursor": cursor}


def approval(person: Person, event: Event) -> Body:
    """Show one approval with what happened to it, whatever became of it."""
    approval_id = event["pathParameters"]["approval_id"]
    found = approvals.find(approval_id)
    if found is None:
        raise NO_SUCH if person.desk_groups else NO_APPROVER
    if not found.concerns(person):
        raise NO_APPROVER
    why_not = found.why_not(person)
    return {
        **found.summary(),
        "details": found.item["details"],
        "history": [audit.shown(entry) for entry in approvals.history(approval_id)],
        "may_decide": why_not is None,
        "why_not": why_not,
    }


def decided(person: Person, event: Event) -> Body:
    """List what the caller decided before, newest first; what is forgotten is left out."""
    entries, cursor = approvals.decided_by(require_approver(person).sub, before=cursor_in(event))
    found = approvals.all_of([entry["approval_id"] for entry in entries])
    decisions = [
        {
            **found[entry["approval_id"]].summary(),
            "decision": entry["event"],
            "comment": entry["comment"],
            "decided_at": entry["at"],
        }
        for entry in entries
        if entry["approval_id"] in found
    ]
    return {"approvals": decisions, "cursor": cursor}


def decide(person: Person, event: Event) -> Body:
    """Approve or reject: the first decision wins, the same again by the same person is no error."""
    return Decision(person, *decision_in(event["body"])).take(event["pathParameters"]["approval_id"]).summary()


# By the resource that API Gateway matched: no path is read a second time, and perhaps otherwise.
ROUTES = {
    "GET /approvals": waiting,
    "GET /approvals/{approval_id}": approval,
    "GET /decisions": decided,
    "POST /approvals/{approval_id}/decision": decide,
}


def decision_in(body: str | None) -> tuple[str, str]:
    """Read the decision and its comment from a request's body."""
    try:
        given = json.loads(body or "")
    except (ValueError, RecursionError):
        raise Refusal(400, "the body must be JSON") from None
    if not isinstance(given, dict) or given.get("decision") not in DECISIONS:
        raise Refusal(400, f"decision must be one of {', '.join(DECISIONS)}")
    comment = given.get("comment", "")
    if not is_text(comment) or len(comment) > _COMMENT_LENGTH:
        raise Refusal(400, f"comment must be text of at most {_COMMENT_LENGTH} characters")
    if given["decision"] == "rejected" and not comment.strip():
        raise NO_COMMENT
    return given["decision"], comment


def is_text(value: object) -> bool:
    """Tell whether it is text that can be stored; JSON can also spell half a character, a surrogate by itself."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def require_approver(person: Person) -> Person:
    """Return who signed in, who must be in a group that this desk asks."""
    if not person.desk_groups:
        raise NO_APPROVER
    return person


def cursor_in(event: Event) -> str:
    """Return where the list goes on, empty for its beginning: a place in the caller's own list, whatever it says."""
    cursor: str = (event["queryStringParameters"] or {}).get("cursor") or ""
    if len(cursor) > _CURSOR_LENGTH:
        raise Refusal(400, "cursor must be what a list ended with")
    return cursor


def answer(status: int, body: Body) -> dict[str, Any]:
    """Answer with JSON that nobody keeps."""
    return {"statusCode": status, "headers": _HEADERS, "body": json.dumps(body)}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    approvals.table()  # While the function starts, not while somebody waits (Best practices for working with Lambda).


@logger.inject_lambda_context
def handler(event: Event, context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer one request of API Gateway's."""
    try:
        return answer(200, ROUTES[f"{event['httpMethod']} {event['resource']}"](Person.calling(event), event))
    except Refusal as refusal:
        return answer(refusal.code, refusal.body)
    except (ClientError, HTTPClientError, NotConnectedError) as error:
        if not is_passing(error):
            raise
        logger.warning("the table does not answer in time", error=str(error))
        return answer(BUSY.code, BUSY.body)


def is_passing(error: Exception) -> bool:
    """Tell whether it may be gone when it is tried again: boto3 notes that it has tried in vain what may be."""
    return not isinstance(error, ClientError) or bool(_TRIED & error.response["ResponseMetadata"].keys())
