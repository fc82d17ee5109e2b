"""The story of three requests: one is approved, one rejected, and one waits for nobody in time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import requests

from sample_app.people import Desk, Person

Seen = TypeVar("Seen")
Say = Callable[[str, str, object], None]
"""Tells of one step: who did what, what was called, and what came back."""


@dataclass(frozen=True)
class Ending:
    """What the story ended with, for whoever wants to check it."""

    refused: int
    approval_ids: dict[str, str]
    """The approvals at the desk, by what was asked for."""
    approved: dict[str, Any]
    rejected: dict[str, Any]
    expired: dict[str, Any]

    def check(self) -> None:
        """Raise `WrongEndingError` unless all ended as it should."""
        if self.refused != HTTPStatus.UNAUTHORIZED:
            raise WrongEndingError(f"a request without a sign-in was answered {self.refused}, not 401")
        for status, request in (("approved", self.approved), ("rejected", self.rejected), ("expired", self.expired)):
            if request["status"] != status:
                raise WrongEndingError(f"{request['summary']} should be {status}, but is {request}")
        if "booked_at" not in self.approved:
            raise WrongEndingError(f"the ledger's database did not tell of {self.approved}")


class WrongEndingError(Exception):
    """The story ended otherwise than it should."""


def tell(desk: Desk, employee: Person, manager: Person, say: Say) -> Ending:
    """Live the story through, saying each step as it happens."""
    refused = desk.call("POST", f"{desk.api_url}requests", body={"summary": "a boat", "amount": 9})
    say("somebody without a sign-in asks for a boat", "POST /requests", refused)

    late = submitted(employee, say, summary="A third screen", amount="310.00", reason="for the plants")
    good = submitted(employee, say, summary="Two standing desks", amount="1180.50", reason="our backs")
    bad = submitted(employee, say, summary="A golden stapler", amount="9999.99", reason="style")

    pile = until(
        manager.waiting, lambda answer: holds(answer, "A third screen", "Two standing desks", "A golden stapler")
    )
    say(f"{manager.email} looks at what waits", "GET /approvals", sorted(pile))

    own = employee.decide(pile["Two standing desks"], "approved")
    say(f"{employee.email} would rather decide alone", "POST /approvals/…/decision", own)
    yes = manager.decide(pile["Two standing desks"], "approved", "sit less")
    say(f"{manager.email} approves the desks", "POST /approvals/…/decision", yes)
    no = manager.decide(pile["A golden stapler"], "rejected", "steel will do")
    say(f"{manager.email} rejects the stapler", "POST /approvals/…/decision", no)

    ended(employee, good, say)
    approved = until(lambda: employee.look(good), booked)
    say("the ledger's database told when it was booked", "GET /requests/…", approved.get("booked_at"))
    rejected = ended(employee, bad, say)
    expired = ended(employee, late, say)
    return Ending(refused.status_code, pile, approved, rejected, expired)


def submitted(employee: Person, say: Say, **request: str) -> str:
    """Post a request and return its id."""
    answer = employee.submit(**request)
    say(f"{employee.email} asks for {request['summary'].lower()}", "POST /requests", answer)
    answer.raise_for_status()
    request_id: str = answer.json()["request_id"]
    return request_id


def ended(employee: Person, request_id: str, say: Say) -> dict[str, Any]:
    """Wait until a request's workflow has ended, and return the request."""
    request = until(lambda: employee.look(request_id), closed)
    say(f"{employee.email} looks what became of it", "GET /requests/…", request)
    return request


def booked(answer: requests.Response) -> dict[str, Any]:
    """Return a request, once the ledger's database has told of its row."""
    request: dict[str, Any] = answer.json()
    return request if "booked_at" in request or request["status"] != "approved" else {}


def until(look: Callable[[], requests.Response], seen: Callable[[requests.Response], Seen]) -> Seen:
    """Look again and again, until what is awaited is seen.

    Raises:
        TimeoutError: it was not seen within two minutes.
    """
    for _ in range(240):
        answer = look()
        answer.raise_for_status()
        if found := seen(answer):
            return found
        time.sleep(0.5)
    raise TimeoutError(f"still not there after two minutes: {answer.url} answers {answer.text}")


def holds(answer: requests.Response, *summaries: str) -> dict[str, str]:
    """Return the approvals that wait, by what was asked for, once all of these are among them."""
    pile = {item["summary"]: item["approval_id"] for item in answer.json()["approvals"]}
    return pile if pile.keys() >= {*summaries} else {}


def closed(answer: requests.Response) -> dict[str, Any]:
    """Return a request, once it waits no more."""
    request: dict[str, Any] = answer.json()
    return request if request["status"] != "waiting" else {}
