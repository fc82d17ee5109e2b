"""The desk's API: what waits for a decision, and the decision itself.

Only a member of a group that was asked gets anywhere, judged by the claims that API Gateway verified. A ``GET`` changes
nothing; a decision is one ``POST``. No function of the API may talk to the workflow: it writes, and the table's stream
tells (`teller`).
"""

import json
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from . import approvals, audit
from .approval import DECISIONS
from .decisions import Decision
from .person import Person
from .refusals import NO_APPROVER, NO_COMMENT, NO_SUCH, Refusal

app = APIGatewayRestResolver()
logger = Logger()

_COMMENT_LENGTH = 2_000
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Answer = Response[str]


@app.get("/approvals")
def waiting() -> Answer:
    """List what waits for the caller's groups, oldest first."""
    waits, cursor = approvals.waiting_for(require_approver().desk_groups, after=cursor_of_request())
    return answer(200, {"approvals": [each.summary() for each in waits], "cursor": cursor})


@app.get("/approvals/<approval_id>")
def approval(approval_id: str) -> Answer:
    """Show one approval with what happened to it, whatever became of it."""
    person = require_approver()
    found = approvals.find(approval_id)
    if found is None:
        raise NO_SUCH
    if not found.concerns(person):
        raise NO_APPROVER
    why_not = found.why_not(person)
    return answer(
        200,
        {
            **found.summary(),
            "details": found.item["details"],
            "history": [audit.shown(entry) for entry in approvals.history(approval_id)],
            "may_decide": why_not is None,
            "why_not": why_not,
        },
    )


@app.get("/decisions")
def decided() -> Answer:
    """List what the caller decided before, newest first; what is forgotten is left out."""
    entries, cursor = approvals.decided_by(require_approver().sub, before=cursor_of_request())
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
    return answer(200, {"approvals": decisions, "cursor": cursor})


@app.post("/approvals/<approval_id>/decision")
def decide(approval_id: str) -> Answer:
    """Approve or reject: the first decision wins, the same again by the same person is no error."""
    request = app.current_event.request_context
    decision = Decision(caller(), *decision_in(app.current_event.decoded_body), request_id=request.request_id)
    return answer(200, decision.take(approval_id).summary())


def decision_in(body: str | None) -> tuple[str, str]:
    """Read the decision and its comment from a request's body."""
    try:
        given = json.loads(body or "")
    except ValueError:
        raise Refusal(400, "the body must be JSON") from None
    if not isinstance(given, dict) or given.get("decision") not in DECISIONS:
        raise Refusal(400, f"decision must be one of {', '.join(DECISIONS)}")
    comment = given.get("comment", "")
    if not isinstance(comment, str) or len(comment) > _COMMENT_LENGTH:
        raise Refusal(400, f"comment must be text of at most {_COMMENT_LENGTH} characters")
    if given["decision"] == "rejected" and not comment.strip():
        raise NO_COMMENT
    return given["decision"], comment


def caller() -> Person:
    """Return who signed in."""
    return Person.calling(app.current_event["requestContext"])


def require_approver() -> Person:
    """Return who signed in, who must be in a group that this desk asks."""
    person = caller()
    if not person.desk_groups:
        raise NO_APPROVER
    return person


def cursor_of_request() -> str:
    """Return where the list goes on; empty for its beginning."""
    return app.current_event.get_query_string_value("cursor") or ""


def answer(status: int, body: dict[str, Any]) -> Answer:
    """Answer with JSON that nobody keeps."""
    return Response(status, content_type="application/json", body=json.dumps(body), headers=dict(_HEADERS))


@app.exception_handler(Refusal)  # type: ignore[untyped-decorator]
def refuse(refusal: Refusal) -> Answer:
    """Answer with what was refused."""
    return answer(refusal.code, refusal.body)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of API Gateway's."""
    return app.resolve(event, context)
