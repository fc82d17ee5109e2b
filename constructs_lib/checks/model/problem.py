"""What a rule says of a place."""

from typing import TYPE_CHECKING, NamedTuple

from constructs_lib.checks.model.severity import Severity

if TYPE_CHECKING:
    from constructs_lib.checks.model.place import Place


class Problem(NamedTuple):
    """One breach of a rule; the judge makes a `Finding` of it."""

    place: "Place"
    message: str
    fix: str
    severity: Severity | None
    """None is the rule's own."""
