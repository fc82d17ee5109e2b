"""What happened to an approval: entries beside it in the table, put once and never changed.

Each change of an approval is written together with its entry, in one transaction; who listens to new entries hears of
each change, and of nothing that was not written.
"""

from typing import Any
from uuid import uuid4

from .approval import Approval
from .person import Person

PREFIX = "audit "
_COPIED = ("approval_id", "step", "summary", "requester", "expires_at", "quorum", "groups", "forget_at")
_SHOWN = ("at", "event", "by", "comment")


def entry(approval: Approval, person: Person, *, event: str, comment: str) -> dict[str, Any]:
    """Make the entry of what a person did, or was refused: who, what, when, why, and from which address."""
    return {
        **{name: approval.item[name] for name in _COPIED},
        # Not the id of the request, which a client may choose (X-Amzn-RequestId): nobody names the entry of another.
        "entry": f"{PREFIX}{approval.at} {uuid4()}",
        "event": event,
        "status": approval.status,
        "at": approval.at,
        "by": person.name,
        "by_sub": person.sub,
        "address": person.address,
        "comment": comment,
    }


def shown(item: dict[str, Any]) -> dict[str, Any]:
    """Pick what approvers see of an entry."""
    return {name: item.get(name, "") for name in _SHOWN}
