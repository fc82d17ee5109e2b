"""Whether a condition holds in each deployment, in none, or in some only."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.checks.model.stack import Stack


def holds(stack: "Stack", condition: object) -> bool | None:
    """Judge a condition function; None is what depends on a parameter that the deployment may set, or is malformed."""
    if not isinstance(condition, dict) or len(condition) != 1:
        return None
    ((name, argument),) = condition.items()
    with stack.assembly.effort as is_bearable:
        if not is_bearable:
            return None
        if name == "Condition":
            return stack.condition(argument) if isinstance(argument, str) else None
        if not isinstance(argument, list):
            return None
        if name == "Fn::Equals":
            return _equal(stack, argument)
        if name in ("Fn::Not", "Fn::And", "Fn::Or"):
            return _combined(name, [holds(stack, each) for each in argument])
        return None


def _combined(name: str, parts: list[bool | None]) -> bool | None:
    if name == "Fn::Not":
        return None if len(parts) != 1 or parts[0] is None else not parts[0]
    decisive = name == "Fn::Or"
    if decisive in parts:
        return decisive
    return None if None in parts or not parts else not decisive


def _equal(stack: "Stack", sides: list[object]) -> bool | None:
    if len(sides) != 2:
        return None
    left, right = (_fixed(stack, side) for side in sides)
    return None if left is None or right is None else left == right


def _fixed(stack: "Stack", side: object) -> str | None:
    """Give what a side is in every deployment: a parameter's default is not, for the deployment may set it."""
    assembly = stack.assembly
    before, assembly.takes_defaults = assembly.takes_defaults, False
    try:
        _, value = stack.resolve(side)
    finally:
        assembly.takes_defaults = before
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
