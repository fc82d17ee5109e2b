"""Moments as Step Functions writes them, so that two of them compare as text."""

from datetime import UTC, datetime


def now() -> str:
    """Give this moment: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
