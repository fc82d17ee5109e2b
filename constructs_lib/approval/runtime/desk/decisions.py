"""Taking a decision: judged on what is stored, written only if that still stands, and refused on the record."""

import os
import random
import time
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools import Logger

from . import approvals, audit
from .approval import Approval
from .person import Person
from .refusals import BUSY, NO_APPROVER, NO_SUCH, OWN_REQUEST, Refusal

logger = Logger(child=True)

_ATTEMPTS = 7
"""With their pauses they stay within the ten seconds that the function has."""


@dataclass(frozen=True)
class Decision:
    """What somebody wants to decide."""

    person: Person
    decision: str
    comment: str

    def take(self, approval_id: str) -> Approval:
        """Store it, and return the approval as it then stands; one's own again changes nothing.

        Raises:
            Refusal: it cannot be.
        """
        for attempt in range(_ATTEMPTS):
            approval = approvals.find(approval_id)
            if approval is None:
                raise NO_SUCH if self.person.desk_groups else NO_APPROVER
            if approval.concerns(self.person) and self._is_repeated_on(approval):
                return approval
            self._require_allowed_on(approval)
            try:
                approvals.store(approval, self._as_stored(approval), self._entry(approval))
            except approvals.ChangedMeanwhileError:
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - spreads who writes at once
            else:
                logger.info("decided", approval_id=approval_id, decision=self.decision)
                return approvals.find(approval_id) or approval
        raise BUSY

    def _is_repeated_on(self, approval: Approval) -> bool:
        return approval.status != "expired" and approval.decision_of(self.person) == self.decision

    def _require_allowed_on(self, approval: Approval) -> None:
        refusal = self._refusal_on(approval)
        if refusal is None:
            return
        entry = audit.entry(approval, self.person, event="refused", comment=str(refusal))
        approvals.add_entry({**entry, "decision": self.decision})
        logger.info("refused", approval_id=approval.id, reason=str(refusal))
        raise refusal

    def _refusal_on(self, approval: Approval) -> Refusal | None:
        if not approval.concerns(self.person):
            return NO_APPROVER
        match approval.why_not(self.person):
            case "own_request":
                return OWN_REQUEST
            case "expired":
                return Refusal(410, f"the time was over at {approval.item['expires_at']}")
            case "decided":
                who = approval.decisions[-1]["by"]
                message = f"already {approval.status} by {who}"
                return Refusal(409, message, status=approval.status, decided_by=who)
            case "already_decided":
                own = approval.decision_of(self.person)
                return Refusal(409, f"you have {own} it already", status=own, decided_by=self.person.name)
        return None

    def _as_stored(self, approval: Approval) -> dict[str, str]:
        who = {"by": self.person.name, "sub": self.person.sub}
        return {**who, "decision": self.decision, "at": approval.at, "comment": self.comment}

    def _entry(self, approval: Approval) -> dict[str, object]:
        entry = audit.entry(approval, self.person, event=self.decision, comment=self.comment)
        # What the index of a person's decisions is made of.
        mine = {"decider": self.person.sub, "place": f"{approval.at} {approval.id}"}
        if not approval.closes_with(self.decision):
            return {**entry, **mine}
        forget_at = int(datetime.fromisoformat(approval.at).timestamp()) + int(os.environ["RETENTION_SECONDS"])
        return {**entry, **mine, "status": self.decision, "forget_at": forget_at}
