"""What the parameters of a stack are."""

from typing import TYPE_CHECKING, Any

from constructs_lib.checks.model.values import UNKNOWN, Value, split

if TYPE_CHECKING:
    from constructs_lib.checks.model.stack import Stack


def parameter(stack: "Stack", name: str) -> Value:
    """Give what a parameter is if the deployment is silent: what the parent stack gives, or its default."""
    declared = stack.section("Parameters").get(name)
    if not isinstance(declared, dict):
        return UNKNOWN
    kind = declared.get("Type")
    given, is_given = _given(stack, name)
    value = given if is_given else _default(stack, declared)
    # One that Systems Manager knows is given by the name that it has there.
    if not isinstance(kind, str) or kind.startswith("AWS::SSM::"):
        return UNKNOWN
    return _as_list(value) if kind == "CommaDelimitedList" or kind.startswith("List<") else value


def _given(stack: "Stack", name: str) -> tuple[Value, bool]:
    """Give what the parent stack gives, and whether it gives anything."""
    if stack.parent is None:
        return UNKNOWN, stack.nested_in is not None
    parameters = stack.parent.at("Parameters")
    if not isinstance(parameters.value, dict):
        # A whole set of parameters that is not known may hold any of them.
        return UNKNOWN, not parameters.missing
    raw = parameters.value.get(name)
    return (UNKNOWN, False) if raw is None else (stack.parent.stack.settled(raw), True)


def _default(stack: "Stack", declared: dict[str, Any]) -> Value:
    default = declared.get("Default")
    is_secret = declared.get("NoEcho") in (True, "true")
    # An empty default says that there is none.
    if is_secret or default == "" or not stack.assembly.takes_defaults:
        return UNKNOWN
    return stack.settled(default) if isinstance(default, str | int | float) else UNKNOWN


def _as_list(value: Value) -> Value:
    if isinstance(value, list):
        return value
    items = split(str(value) if isinstance(value, int | float) else value, ",")
    return UNKNOWN if items is None else [item.strip() if isinstance(item, str) else item for item in items]
