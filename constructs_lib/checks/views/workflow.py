"""The states of state machines, as far as a template shows their definition."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.values import UNKNOWN, Reference, Text, Value

if TYPE_CHECKING:
    from constructs_lib.checks.model.assembly import Assembly
    from constructs_lib.checks.model.stack import Stack

_UNKNOWN = "\0\0"
"""Stands in a definition for what is not known; a resource is its type between such marks."""
_STRING_OR_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"?|\0[^\0]*\0', re.DOTALL)
_SUBSTITUTION = re.compile(r"\$\{([^{}]*)\}")
_ACTIVITY = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:activity:|\0AWS::StepFunctions::Activity\0")
_JOB = re.compile(r"\.sync(:\d+)?$")
_TOKEN_BY_PATH = re.compile(r"\$\$(?!\.(?!Task\b)\w)")
_TOKEN_BY_EXPRESSION = re.compile(r"\$states\b(?!\s*\.\s*(?!context\b)\w)(?!\s*\.\s*context\s*\.\s*(?!Task\b)\w)")
"""Whatever may hold the token: the whole context object does."""


_LARGEST = 2**24
"""In characters; Step Functions takes one million."""


class State(NamedTuple):
    """A state of a state machine.

    Attributes:
        place: the property that holds the definition.
        name: what the state is called.
        body: what the definition says of it.
        is_jsonata: whether it is written in JSONata, not in JSONPath.
        is_express: whether it runs in an express workflow.
        is_bounded: whether the execution that it is in has a timeout.
        is_caught: whether a state around it handles its errors.
    """

    place: Place
    name: str
    body: dict[str, Any]
    is_jsonata: bool
    is_express: bool
    is_bounded: bool
    is_caught: bool

    @property
    def resource(self) -> str:
        """What a task does; empty for other states."""
        resource = self.body.get("Resource")
        return resource if isinstance(resource, str) and self.body.get("Type") == "Task" else ""

    @property
    def waits_for_token(self) -> bool:
        """Whether it waits until somebody gives the token back."""
        return self.resource.endswith(".waitForTaskToken")

    @property
    def waits(self) -> bool:
        """Whether it waits for anything but an answer: a token, a job, or a worker of an activity."""
        return self.waits_for_token or bool(_JOB.search(self.resource) or _ACTIVITY.match(self.resource))

    def sets(self, name: str) -> bool:
        """Whether it has a number of seconds, written out or as a path to it."""
        return self.body.get(name) is not None or self.body.get(f"{name}Path") is not None

    @property
    def passes_token(self) -> bool | None:
        """Whether the token is in what the task gets; None if that is not known."""
        token = _TOKEN_BY_EXPRESSION if self.is_jsonata else _TOKEN_BY_PATH
        given = {key: self.body[key] for key in ("Parameters", "Arguments", "InputPath") if key in self.body}
        for key, text in _texts(given):
            is_evaluated = text.startswith("{%") if self.is_jsonata else key.endswith(".$") or key == "InputPath"
            if is_evaluated and token.search(text):
                return True
            if text == _UNKNOWN or (is_evaluated and _UNKNOWN in text):
                return None
        return False

    @property
    def catches(self) -> set[str] | None:
        """The names of the errors that it catches; None if they are not known."""
        catchers = self.body.get("Catch", [])
        listed = [each.get("ErrorEquals") if isinstance(each, dict) else None for each in _list(catchers)]
        names = {str(name) for each in listed for name in _list(each)}
        is_known = isinstance(catchers, list) and all(isinstance(each, list) for each in listed)
        return names if is_known and not any("\0" in name for name in names) else None


def states(assembly: "Assembly") -> Iterator[State]:
    """Give the states of all state machines, also those within maps and parallel branches."""
    for machine in assembly.of_type("AWS::StepFunctions::StateMachine"):
        is_express = machine.at("StateMachineType").text == "EXPRESS"
        substitutions = {name: _written(each.value) for name, each in machine.at("DefinitionSubstitutions").entries}
        for kind, read in (("DefinitionString", _parsed), ("Definition", _resolved)):
            place = machine.at(kind)
            try:
                definition = read(place, substitutions)
            except (ValueError, RecursionError):  # not JSON: Step Functions will say so
                continue
            if isinstance(definition, dict):
                yield from _within(place, definition, is_express)


def _within(place: Place, definition: dict[str, Any], is_express: bool) -> Iterator[State]:
    is_bounded = definition.get("TimeoutSeconds") is not None
    language = definition.get("QueryLanguage")
    pending: list[tuple[dict[str, Any], bool, bool]] = [(definition, is_express, False)]
    while pending:
        scope, is_express, is_caught = pending.pop()
        for name, body in _dict(scope.get("States")).items():
            if not isinstance(body, dict):
                continue
            is_jsonata = body.get("QueryLanguage", language) == "JSONata"
            yield State(place, name, body, is_jsonata, is_express, is_bounded, is_caught)
            handles = is_caught or "Catch" in body or any(key.startswith("ToleratedFailure") for key in body)
            for inner in (body.get("Iterator"), body.get("ItemProcessor"), *_list(body.get("Branches"))):
                mode = _dict(_dict(inner).get("ProcessorConfig")).get("ExecutionType")
                pending.append((_dict(inner), is_express or mode == "EXPRESS", handles))


def _parsed(place: Place, substitutions: dict[str, str]) -> Any:
    """Read a definition that is a text."""
    text = _substituted(_written(place.value), substitutions)
    # A mark that stands alone becomes a string, whatever the deployment puts there.
    quoted = _STRING_OR_MARK.sub(lambda each: each[0] if each[0].startswith('"') else f'"{each[0]}"', text)
    return json.loads(quoted, strict=False)


def _resolved(place: Place, substitutions: dict[str, str]) -> Any:
    """Read a definition that is an object."""
    return _plain(place.resource.stack, place.value, substitutions)


def _plain(stack: "Stack", value: Value, substitutions: dict[str, str]) -> Any:
    # Without a `Place` for each part: definitions are large.
    if isinstance(value, dict):
        parts = {str(name): stack.resolve(raw) for name, raw in value.items()}
        if any(name.startswith("Fn::") for name in parts):
            return _UNKNOWN
        return {name: _plain(*part, substitutions) for name, part in parts.items() if part[1] is not None}
    if isinstance(value, list):
        items = [stack.resolve(raw) for raw in value]
        return [_plain(*item, substitutions) for item in items if item[1] is not None]
    if value is UNKNOWN or isinstance(value, str | Text | Reference):
        return _substituted(_written(value), substitutions)
    return value


def _substituted(text: str, substitutions: dict[str, str]) -> str:
    if not substitutions:
        return text
    longest = max(map(len, substitutions.values()))
    if text.count("${") * longest > _LARGEST:
        raise ValueError("too large for a definition")
    return _SUBSTITUTION.sub(lambda found: substitutions.get(found[1], found[0]), text)


def _written(value: Value) -> str:
    parts = value.parts if isinstance(value, Text) else (value,)
    return "".join(_mark(part) for part in parts)


def _mark(part: Value) -> str:
    if isinstance(part, Reference):
        return f"\0{part.resource.type}\0"
    if isinstance(part, int | float):
        return json.dumps(part)
    return part if isinstance(part, str) else _UNKNOWN


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Each text in a value, however deep, with the key that it stands under."""
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        key, each = pending.pop()
        if isinstance(each, str):
            yield key, each
        elif isinstance(each, dict):
            pending.extend((str(name), inner) for name, inner in each.items())
        elif isinstance(each, list):
            pending.extend((key, inner) for inner in each)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
