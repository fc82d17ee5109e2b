"""A desk in memory that keeps the contract of the real one's API, and serves the real page."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from constructs_lib.approval.runtime import page
from tests.approval.browser.sign_in_pages import Person
from tests.approval.browser.site import Reply, Request, Silence

STAGE = "/prod"
Answer = tuple[int, dict[str, Any]]


def moment(**from_now: float) -> str:
    """Write a moment as the API does."""
    return (datetime.now(UTC) + timedelta(**from_now)).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class Desk:
    """What waits, what was decided, and what was asked of it."""

    holder_of: Callable[[str], Person | None]
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)
    page_size: int = 50
    requests: list[Request] = field(default_factory=list)
    delay: float = 0
    loses_answers: bool = False
    """Do what is asked, and say nothing."""
    garbles_answers: bool = False
    """Do what is asked, and say what nobody can read."""
    fails_with: Answer | None = None
    """Do nothing, and answer this to whoever decides."""

    @property
    def decisions_sent(self) -> list[Any]:
        """The bodies of all requests that would change anything."""
        return [json.loads(request.body) for request in self.requests if request.method != "GET"]

    def ask(self, approval_id: str, summary: str = "Two standing desks", **more: Any) -> None:
        """Put a question."""
        asked = {
            "approval_id": approval_id,
            "step": "ManagerApproval",
            "summary": summary,
            "requester": "erin@example.com",
            "requested_at": moment(hours=-3),
            "expires_at": moment(days=2, hours=5),
            "status": "pending",
            "quorum": 1,
            "approved_by": [],
            "reminded_at": None,
            "escalated_at": None,
            "details": "",
            "history": [],
            "may_decide": True,
            "why_not": None,
        }
        asked["history"] = [
            {"at": asked["requested_at"], "event": "requested", "by": asked["requester"], "comment": ""}
        ]
        self.approvals[approval_id] = asked | more

    def decide(self, approval_id: str, person: str, decision: str, comment: str = "") -> None:
        """Note a decision."""
        approval = self.approvals[approval_id]
        at = moment()
        approval["history"] = [*approval["history"], {"at": at, "event": decision, "by": person, "comment": comment}]
        if decision == "approved":
            approval["approved_by"] = [*approval["approved_by"], person]
        if decision == "rejected" or len(approval["approved_by"]) >= approval["quorum"]:
            approval |= {"status": decision, "may_decide": False, "why_not": "decided"}
        approval.setdefault("decisions", {})[person] = {"decision": decision, "comment": comment, "decided_at": at}

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        path = request.path.removeprefix(STAGE)
        if path in ("", "/", "/config.json") or path.startswith("/page/"):
            return self._serve(request, path)
        person = self.holder_of(request.headers.get("authorization", "").removeprefix("Bearer "))
        if person is None:
            return _json(401, {"message": "Unauthorized"})
        time.sleep(self.delay)
        if "managers" not in person.groups:
            return _json(403, {"message": "only an approver may look at approvals"})
        if request.method == "POST" and self.fails_with:
            return _json(*self.fails_with)
        reply = _json(*self._contract(request, path, person.email))
        if self.loses_answers:
            raise Silence
        return Reply(reply.status, reply.body[:20]) if self.garbles_answers else reply

    def _serve(self, request: Request, path: str) -> Reply:
        _, _, file = path.partition("/page/")
        event = {
            "resource": "/page/{file}" if file else path or "/",
            "pathParameters": {"file": file} if file else None,
            "headers": request.headers,
            "requestContext": {"path": request.path},
        }
        answer = page.handler(event, None)
        return Reply(answer["statusCode"], answer["body"], answer["headers"])

    def _contract(self, request: Request, path: str, me: str) -> Answer:
        if path == "/approvals":
            waiting = [each for each in self.approvals.values() if each["status"] == "pending"]
            return self._paged(request, sorted(waiting, key=lambda each: each["requested_at"]))
        if path == "/decisions":
            mine = [
                {**each, **each["decisions"][me]} for each in self.approvals.values() if me in each.get("decisions", {})
            ]
            return self._paged(request, sorted(mine, key=lambda each: each["decided_at"], reverse=True))
        approval_id = path.split("/")[2]
        if approval_id not in self.approvals:
            return 404, {"message": "no such approval"}
        if request.method == "POST":
            return self._decision(approval_id, me, **json.loads(request.body))
        return 200, self.approvals[approval_id]

    def _paged(self, request: Request, found: list[dict[str, Any]]) -> Answer:
        start = int(request.query.get("cursor", "0"))
        end = start + self.page_size
        return 200, {"approvals": found[start:end], "cursor": str(end) if end < len(found) else None}

    def _decision(self, approval_id: str, me: str, decision: str, comment: str) -> Answer:
        approval = self.approvals[approval_id]
        if approval.get("decisions", {}).get(me, {}).get("decision") == decision:
            return 200, approval
        if approval["status"] == "expired":
            return 410, {"message": "expired"}
        if approval["status"] != "pending":
            by = approval["history"][-1]["by"]
            return 409, {"message": "already decided", "status": approval["status"], "decided_by": by}
        if approval["why_not"] == "own_request":
            return 403, {"message": "own request"}
        self.decide(approval_id, me, decision, comment)
        return 200, approval


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(body), {"Content-Type": "application/json"})
