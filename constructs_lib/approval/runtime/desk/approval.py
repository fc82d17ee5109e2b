"""One approval as it stands: who may decide on it, and what may be shown of it."""

from dataclasses import dataclass
from typing import Any, Literal

from .person import Person

WhyNot = Literal["own_request", "already_decided", "expired", "decided"]

DECISIONS = ("approved", "rejected")


@dataclass(frozen=True)
class Approval:
    """The item of an approval, read at a moment."""

    item: dict[str, Any]
    at: str

    @property
    def id(self) -> str:
        """The approval's id."""
        return str(self.item["approval_id"])

    @property
    def status(self) -> str:
        """``pending``, ``approved``, ``rejected`` or ``expired``; past its time it is expired, whatever is stored."""
        stored = str(self.item["status"])
        return "expired" if stored == "pending" and self.item["expires_at"] <= self.at else stored

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """What each approver has decided, oldest first; short of the quorum, the approval still waits."""
        return list(self.item["decisions"])

    @property
    def quorum(self) -> int:
        """How many must approve."""
        return int(self.item["quorum"])

    def concerns(self, person: Person) -> bool:
        """Tell whether a person is in a group that was asked."""
        return not person.groups.isdisjoint(self.item["groups"])

    def decision_of(self, person: Person) -> str | None:
        """Give what a person has decided, or None."""
        return next((each["decision"] for each in self.decisions if each["sub"] == person.sub), None)

    def why_not(self, person: Person) -> WhyNot | None:
        """Say what keeps a person, who is in a group that was asked, from deciding; None if nothing does."""
        if self.status == "expired":
            return "expired"
        if self.status in DECISIONS:
            return "decided"
        if person.may_be(self.item["barred"]):
            return "own_request"
        return "already_decided" if self.decision_of(person) else None

    def closes_with(self, decision: str) -> bool:
        """Tell whether one more decision ends it: a rejection does, and so does the last approval of the quorum."""
        return decision == "rejected" or len(self.decisions) + 1 >= self.quorum

    def summary(self) -> dict[str, Any]:
        """Pick what a list shows; the task token is nothing that anything shows."""
        return {
            "approval_id": self.id,
            "step": self.item["step"],
            "summary": self.item["summary"],
            "requester": self.item["requester"] or None,
            "requested_at": self.item["requested_at"],
            "expires_at": self.item["expires_at"],
            "status": self.status,
            "quorum": self.quorum,
            "approved_by": [each["by"] for each in self.decisions if each["decision"] == "approved"],
            "reminded_at": self.item.get("reminded_at"),
            "escalated_at": self.item.get("escalated_at"),
        }
