"""AWS on your own machine: deploy with the real CDK CLI, with IAM enforced, without an account or Docker."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.local.local_aws import LocalAws as LocalAws

__all__ = ["LocalAws"]


def __getattr__(name: str) -> Any:
    """Load `LocalAws` on first use, or say what is missing for it."""
    if name != "LocalAws":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from constructs_lib.local.extra import require_extra

    require_extra()
    from constructs_lib.local.local_aws import LocalAws

    return LocalAws
