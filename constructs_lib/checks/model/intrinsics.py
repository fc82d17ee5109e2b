"""CloudFormation's intrinsic functions, as far as a template alone decides them.

Each gives the value, and the stack that the value's own references lead on from; what only the deployment knows is
`UNKNOWN`, and so is what is malformed.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.checks.model.values import UNKNOWN, Reference, Text, Value, joined, split

if TYPE_CHECKING:
    from constructs_lib.checks.model.stack import Stack

Resolved = tuple["Stack", Value]

_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eusc-": "aws-eusc",
}
_INDEX = re.compile(r"[0-9]{1,6}")
_IN_SUB = re.compile(r"\$\{([^{}]*)\}")


def _ref(stack: "Stack", name: Any) -> Resolved:
    if not isinstance(name, str):
        return stack, UNKNOWN
    if name.startswith("AWS::"):
        return stack, _pseudo_parameter(stack, name)
    # Conditions ask for parameters, and resources for conditions.
    if name in stack.section("Parameters"):
        return stack, stack.parameter(name)
    resource = stack.resources.get(name)
    return stack, UNKNOWN if resource is None else Reference(resource, "")


def _pseudo_parameter(stack: "Stack", name: str) -> Value:
    if name == "AWS::NoValue":
        return None
    if name == "AWS::Region":
        return stack.region or UNKNOWN
    if name == "AWS::AccountId":
        return stack.account or UNKNOWN
    if name == "AWS::StackName":
        return stack.name if stack.is_named else UNKNOWN
    if name in ("AWS::Partition", "AWS::URLSuffix") and stack.region:
        return _of_partition(name, stack.region)
    return UNKNOWN


def _of_partition(name: str, region: str) -> Value:
    partition = next((known for start, known in _PARTITIONS.items() if region.startswith(start)), "aws")
    if name == "AWS::Partition":
        return partition
    return {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}.get(partition, UNKNOWN)


def _get_att(stack: "Stack", argument: Any) -> Resolved:
    # In YAML's short form it is one text, whose attribute may have dots.
    names = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(names, list) or len(names) != 2 or not all(isinstance(name, str) for name in names):
        return stack, UNKNOWN
    logical_id, attribute = names
    resource = stack.resources.get(logical_id)
    if resource is None:
        return stack, UNKNOWN
    elsewhere = stack.assembly.exported_by(resource, attribute)
    return elsewhere or (stack, Reference(resource, attribute))


def _sub(stack: "Stack", argument: Any) -> Resolved:
    text, variables = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    if not isinstance(text, str) or not isinstance(variables, dict):
        return stack, UNKNOWN
    pieces = _IN_SUB.split(text)
    # The split alternates: text, name, text, name, ... Each name is followed once, however often it stands there.
    known = {name: _substituted(stack, name, variables) for name in dict.fromkeys(pieces[1::2])}
    return stack, joined([known[piece] if index % 2 else piece for index, piece in enumerate(pieces)])


def _substituted(stack: "Stack", name: str, variables: Mapping[str, Any]) -> Value:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if name in variables:
        return stack.resolve(variables[name])[1]
    name = name.strip()
    return stack.resolve({"Fn::GetAtt": name} if "." in name else {"Ref": name})[1]


def _join(stack: "Stack", argument: Any) -> Resolved:
    match argument:
        case [str() as delimiter, parts]:
            source, values = _list(stack, parts)
        case _:
            return stack, UNKNOWN
    if values is None:
        return stack, UNKNOWN
    pieces: list[Value] = []
    for value in values:
        if pieces:
            pieces.append(delimiter)
        pieces.append(source.resolve(value)[1])
    return stack, joined(pieces)


def _list(stack: "Stack", raw: Any) -> tuple["Stack", list[Any] | None]:
    source, value = stack.resolve(raw)
    return source, value if isinstance(value, list) else None


def _split(stack: "Stack", argument: Any) -> Resolved:
    match argument:
        case [str() as delimiter, raw] if delimiter:
            items = split(stack.resolve(raw)[1], delimiter)
            return stack, UNKNOWN if items is None else items
    return stack, UNKNOWN


def _select(stack: "Stack", argument: Any) -> Resolved:
    match argument:
        case [raw_index, raw]:
            _, index = stack.resolve(raw_index)
            source, values = _list(stack, raw)
            position = int(index) if isinstance(index, int | str) and _INDEX.fullmatch(str(index)) else None
            if values is not None and position is not None and position < len(values):
                return source.resolve(values[position])
            return stack, _piece(stack, raw)
    return stack, UNKNOWN


def _piece(stack: "Stack", raw: Any) -> Value:
    """Give a piece of a text that only the deployment can split: what it says is open, but not whom it is of."""
    match raw:
        case {"Fn::Split": [_, whole]}:
            _, value = stack.resolve(whole)
            named = [value] if isinstance(value, Reference) else value.references if isinstance(value, Text) else []
            if named:
                return Text((UNKNOWN, *named))
    return UNKNOWN


def _if(stack: "Stack", argument: Any) -> Resolved:
    match argument:
        case [str() as condition, yes, no]:
            choice = stack.condition(condition)
            if choice is not None:
                return stack.resolve(yes if choice else no)
            then, otherwise = stack.resolve(yes)[1], stack.resolve(no)[1]
            is_same = not isinstance(then, list | dict) and then == otherwise
            return stack, then if is_same else UNKNOWN
    return stack, UNKNOWN


def _find_in_map(stack: "Stack", argument: Any) -> Resolved:
    match argument:
        case [raw_map, raw_top, raw_second, *options]:
            keys = [stack.resolve(raw)[1] for raw in (raw_map, raw_top, raw_second)]
            if not all(isinstance(key, str) for key in keys):
                return stack, UNKNOWN
            found: Any = stack.section("Mappings")
            for key in keys:
                found = found.get(key) if isinstance(found, dict) else None
            if found is None and options and isinstance(options[0], dict):
                return stack.resolve(options[0].get("DefaultValue", UNKNOWN))
            # Mappings hold literals only.
            return stack, UNKNOWN if found is None else stack.settled(found)
    return stack, UNKNOWN


def _import_value(stack: "Stack", argument: Any) -> Resolved:
    _, name = stack.resolve(argument)
    found = stack.assembly.export(name, stack) if isinstance(name, str) else None
    return found or (stack, UNKNOWN)


def _get_stack_output(stack: "Stack", argument: Any) -> Resolved:
    if not isinstance(argument, dict):
        return stack, UNKNOWN
    names = [stack.resolve(argument.get(key))[1] for key in ("StackName", "OutputName")]
    region = stack.resolve(argument.get("Region"))[1]
    if not all(isinstance(name, str) for name in names):
        return stack, UNKNOWN
    found = stack.assembly.output(*names, region=region if isinstance(region, str) else "")
    return found or (stack, UNKNOWN)


FUNCTIONS: Mapping[Any, Callable[["Stack", Any], Resolved]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
}
"""By the key that they are written with."""
