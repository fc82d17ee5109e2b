"""What a step asks a desk, and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration

from constructs_lib.arguments import require, require_kind, require_one_of, require_within
from constructs_lib.quotas import (
    APPROVAL_DETAILS_LENGTH,
    APPROVAL_QUORUM,
    APPROVAL_REMINDERS,
    APPROVAL_SUMMARY_LENGTH,
    APPROVAL_TIMEOUT,
)

_SOURCE = "constructs_lib.approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalQuestion:
    """The arguments of a step; `ApprovalDesk.step` says what they mean."""

    step: str
    summary: str
    details: str
    requester: str
    timeout: Duration
    quorum: int
    approvers: str
    self_approval: bool
    remind_every: Duration | None
    escalate_after: Duration | None
    escalate_to: str | None

    def check(self, groups: Collection[str]) -> None:
        """Raise `InvalidArgument` for what the desk of a directory with these groups could not do."""
        for name in ("summary", "details", "requester"):
            require_kind(name, getattr(self, name), str, _SOURCE)
        for name in ("timeout", "remind_every", "escalate_after"):
            if name == "timeout" or getattr(self, name) is not None:
                require_kind(name, getattr(self, name), Duration, APPROVAL_TIMEOUT.source)
        require(self.summary, "summary", "say what is to be decided", self.summary, _SOURCE)
        if "{%" not in self.summary:
            require_within("the length of summary", len(self.summary), APPROVAL_SUMMARY_LENGTH)
        if "{%" not in self.details:
            require_within("the length of details", len(self.details), APPROVAL_DETAILS_LENGTH)
        require_within("timeout", _seconds(self.timeout), APPROVAL_TIMEOUT)
        require_within("quorum", self.quorum, APPROVAL_QUORUM)
        require_group("approvers", self.approvers, groups)
        require_kind("self_approval", self.self_approval, bool, _SOURCE)
        self._check_reminders()
        self._check_escalation(groups)

    def as_input(self) -> dict[str, Any]:
        """Give the input of the desk's workflow."""
        return {
            "step": self.step,
            "summary": self.summary,
            "details": self.details,
            "requester": self.requester,
            "approvers": self.approvers,
            "quorum": self.quorum,
            # Who is not named cannot be kept from it; a name that turns out empty is refused.
            "self_approval": self.self_approval or not self.requester,
            "timeout_seconds": _seconds(self.timeout),
            "agenda": self.agenda(),
            **({"escalate_to": self.escalate_to} if self.escalate_to else {}),
        }

    def agenda(self) -> list[dict[str, Any]]:
        """List what happens while nobody decides, in its order, after how many seconds."""
        end = int(_seconds(self.timeout))
        every = int(_seconds(self.remind_every)) if self.remind_every else end
        moments = dict.fromkeys(range(every, end, every), "reminded")
        if self.escalate_after:
            moments[int(_seconds(self.escalate_after))] = "escalated"  # which reminds, too
        return [{"after": after, "event": event} for after, event in sorted({**moments, end: "expired"}.items())]

    def _check_reminders(self) -> None:
        if self.remind_every is None:
            return
        self._require_before_the_end("remind_every", self.remind_every)
        reminders = int((_seconds(self.timeout) - 1) // _seconds(self.remind_every))
        require_within("the reminders by remind_every until the timeout", reminders, APPROVAL_REMINDERS)

    def _check_escalation(self, groups: Collection[str]) -> None:
        is_whole = (self.escalate_after is None) == (self.escalate_to is None)
        require(is_whole, "escalate_to", "come together with escalate_after", self.escalate_to, _SOURCE)
        if self.escalate_after is None:
            return
        self._require_before_the_end("escalate_after", self.escalate_after)
        require_group("escalate_to", self.escalate_to, groups)
        is_other = self.escalate_to != self.approvers
        require(is_other, "escalate_to", "be another group than approvers", self.escalate_to, _SOURCE)

    def _require_before_the_end(self, name: str, moment: Duration) -> None:
        require_within(name, _seconds(moment), APPROVAL_TIMEOUT)
        is_before = _seconds(moment) < _seconds(self.timeout)
        require(
            is_before,
            name,
            f"be shorter than the timeout of {_seconds(self.timeout)} seconds",
            _seconds(moment),
            _SOURCE,
        )


def require_group(name: str, group: object, groups: Collection[str]) -> None:
    """Raise `InvalidArgument` unless a directory with these groups has the group."""
    rule = "be a group of users, who have none: name it in UserDirectory(groups=[...])"
    require(groups, name, rule, group, "the groups of users")
    require_one_of(name, group, groups, "the groups of users")


def _seconds(duration: Duration) -> float:
    return duration.to_seconds(integral=False)
