"""What came of it, in one line."""

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.model.severity import ERROR, WARNING


def tally(examination: Examination) -> str:
    """Count the findings and what was judged: ``2 errors and 1 warning in 3 stacks, 1 acknowledged``."""
    counts = [_count(examination.count(severity), severity) for severity in (ERROR, WARNING)]
    found = " and ".join(filter(None, counts)) or "no findings"
    judged = f"{_count(examination.stacks, 'stack') or 'no stack'} by {len(examination.rules)} rules"
    acknowledged = f", {len(examination.acknowledged)} acknowledged" if examination.acknowledged else ""
    return f"{found} in {judged}{acknowledged}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
