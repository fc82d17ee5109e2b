"""Snapshot tests of templates, for this library and for the apps that use it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.testing.template import template_of as template_of

__all__ = ["template_of"]


def __getattr__(name: str) -> Any:
    """Load on first use: pytest loads the plugin beside it in every run, and must not start Node for that."""
    if name == "template_of":
        from constructs_lib.testing.template import template_of

        return template_of
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
