"""Checks at every synth, and the acknowledgments that stand beside the resources."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.checks.acknowledgment import acknowledge as acknowledge
    from constructs_lib.checks.plugin import add_checks as add_checks

__all__ = ["acknowledge", "add_checks"]


def __getattr__(name: str) -> Any:
    """Load on first use: a construct that acknowledges a finding must not load the rule packs."""
    if name == "acknowledge":
        from constructs_lib.checks.acknowledgment import acknowledge

        return acknowledge
    if name == "add_checks":
        from constructs_lib.checks.plugin import add_checks

        return add_checks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
