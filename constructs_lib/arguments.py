"""What every construct says when an argument is wrong, and the checks that say it.

A check costs nothing while the argument is right: only a value that would be refused is asked whether it is a CDK token
(a value that is not known until deployment), because asking crosses into Node. Tokens are never refused.
"""

from collections.abc import Collection
from typing import Any

from constructs_lib.quotas import Quota


class InvalidArgument(ValueError):  # noqa: N818 - the public name, as in ValueError's own family
    """An argument that AWS, or the pattern, would refuse: told at construction instead of at deployment.

    The sentence names the argument, the rule, the value and where the rule is written:
    ``memory_mib must be 128 to 10240 MiB, got 64 (Lambda quotas)``.
    """

    def __init__(self, name: str, rule: str, value: object, source: str) -> None:
        """Say that ``name`` must obey ``rule``, that ``value`` does not, and that ``source`` says so."""
        self.name, self.rule, self.value, self.source = name, rule, value, source
        super().__init__(f"{name} must {rule}, got {value!r} ({source})")


def is_token(value: Any) -> bool:
    """Tell whether CDK will know this value only at deployment."""
    from aws_cdk import Token

    if isinstance(value, Collection) and not isinstance(value, (str, dict)):
        return any(is_token(item) for item in value)
    # Tokens come as objects of CDK's, or in the disguise of a string or a number; nothing else fits through jsii.
    may_be_token = isinstance(value, (str, int, float)) or hasattr(type(value), "__jsii_type__")
    return may_be_token and Token.is_unresolved(value)


def require(condition: object, name: str, rule: str, value: object, source: str) -> None:
    """Raise `InvalidArgument` unless ``condition`` holds or ``value`` is a token."""
    if not condition and not is_token(value):
        raise InvalidArgument(name, rule, value, source)


def require_within(name: str, value: float, quota: Quota) -> None:
    """Raise `InvalidArgument` unless a number lies within a quota, and is whole where the quota counts whole units."""
    is_number = isinstance(value, int if quota.whole else (int, float)) and not isinstance(value, bool)
    require(is_number and quota.minimum <= value <= quota.maximum, name, f"be {quota}", value, quota.source)


def require_kind(name: str, value: object, kind: type, source: str) -> None:
    """Raise `InvalidArgument` unless a value is of a kind: a number is no version, and the word ``no`` is no switch."""
    require(isinstance(value, kind), name, f"be a {kind.__name__}", value, source)


def has(value: object, name: str) -> bool:
    """Tell whether an object has an attribute; its class says so without a round trip, but of an imported construct."""
    return hasattr(type(value), name) or hasattr(value, name)


def require_one_of(name: str, value: object, allowed: Collection[object], source: str) -> None:
    """Raise `InvalidArgument` unless a value is one of the allowed ones."""
    require(value in allowed, name, "be one of " + ", ".join(map(repr, allowed)), value, source)
