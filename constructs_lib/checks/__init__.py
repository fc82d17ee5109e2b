"""Checks at every synth and at the terminal, and the acknowledgments that stand beside the resources."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.checks.acknowledgment import acknowledge as acknowledge
    from constructs_lib.checks.plugin import PatternChecks as PatternChecks
    from constructs_lib.checks.plugin import add_checks as add_checks

_MODULE_OF = {"PatternChecks": "plugin", "acknowledge": "acknowledgment", "add_checks": "plugin"}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load on first use: a construct that acknowledges a finding must not load the rules, nor the command CDK."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
