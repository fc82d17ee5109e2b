"""The expressions of a mapping template: what stands in the brackets of a directive, and after a dollar sign."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from constructs_lib.local.server.api_gateway.java import TemplateError, call, text_of
from constructs_lib.local.server.api_gateway.operators import LEVELS, OPERATORS, is_true

Scope = dict[str, Any]
"""What the names in a template stand for."""
Expression = Callable[[Scope], Any]

_REFERENCE = re.compile(r"\$(!?)(\{?)([A-Za-z][\w-]*)")
_PROPERTY = re.compile(r"\.([A-Za-z][\w-]*)(\()?")
_ITEM = re.compile(r"\[")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_TEXT = re.compile(r""""((?:[^"]|"")*)"|'((?:[^']|'')*)'""")
_WORD = re.compile(r"(true|false|null)\b")
_PLAIN = re.compile(r"[^$]+|\$")
_PREFIX = re.compile(r"!|not\b|\(|\[|\{")
_SPACE = re.compile(r"\s*")
# Those of API Gateway itself: where they know nothing they say nothing, and others stand as they are written.
_GIVEN = ("input", "util", "context", "stageVariables")


class Source:
    """The text of a template, read from its beginning to its end."""

    def __init__(self, text: str) -> None:
        """Begin."""
        self.text, self.at = text, 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go past what matches, if it is next."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def take_sign(self, sign: str) -> bool:
        """Go past a sign and the space before it, if it is next."""
        return bool(self.take(re.compile(rf"\s*{re.escape(sign)}")))

    def require(self, sign: str) -> None:
        """Go past a sign that must be next."""
        if not self.take_sign(sign):
            raise TemplateError(f"{sign} expected at {self.text[self.at : self.at + 20]!r}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step into a value: a property, an item, or what a method gives."""

    key: Expression
    arguments: list[Expression] | None = None

    def taken(self, value: Any, scope: Scope) -> Any:
        """Take it from a value; nothing leads to nothing."""
        key = self.key(scope)
        if self.arguments is not None:
            return call(value, key, [argument(scope) for argument in self.arguments])
        if isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            return value[key]
        return value.get(key) if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Reference:
    """A name after a dollar sign, with steps into its value."""

    written: str
    quiet: bool
    name: str
    steps: list[Step]

    def value(self, scope: Scope) -> Any:
        """Follow it."""
        value = scope.get(self.name)
        for step in self.steps:
            value = step.taken(value, scope)
        return value

    def text(self, scope: Scope) -> str:
        """Write its value; what has none stands as it is written, unless told to be quiet."""
        value = self.value(scope)
        return self.written if value is None and not self.quiet and self.name not in _GIVEN else text_of(value)

    def assign(self, value: Any, scope: Scope) -> None:
        """Give it a value; nothing is none."""
        if value is None:
            return
        if not self.steps:
            scope[self.name] = value
            return
        target = Reference(self.written, self.quiet, self.name, self.steps[:-1]).value(scope)
        if not isinstance(target, dict | list):
            raise TemplateError(f"{self.written} cannot be set")
        target[self.steps[-1].key(scope)] = value


def read_reference(source: Source) -> Reference | None:
    """Read a reference, if one is next."""
    start = source.at
    begun = source.take(_REFERENCE)
    if not begun:
        return None
    quiet, brace, name = begun.groups()
    steps = []
    while step := _read_step(source):
        steps.append(step)
    if brace:
        source.require("}")
    return Reference(source.text[start : source.at], bool(quiet), name, steps)


def _read_step(source: Source) -> Step | None:
    if named := source.take(_PROPERTY):
        return Step(_constant(named[1]), _read_list(source, ")") if named[2] else None)
    if source.take(_ITEM):
        (index,) = _read_list(source, "]")
        return Step(index)
    return None


def read_expression(source: Source, level: int = 0) -> Expression:
    """Read an expression; ``level`` is how tightly its operators bind at least."""
    if level == len(LEVELS):
        return _read_operand(source)
    left = read_expression(source, level + 1)
    while sign := source.take(LEVELS[level]):
        left = _combined(OPERATORS[sign[1]], left, read_expression(source, level + 1))
    return left


def _combined(combine: Callable[[Any, Any], Any], left: Expression, right: Expression) -> Expression:
    return lambda scope: combine(left(scope), right(scope))


def _read_operand(source: Source) -> Expression:
    source.take(_SPACE)
    if number := source.take(_NUMBER):
        return _constant(float(number[0]) if number[1] else int(number[0]))
    if text := source.take(_TEXT):
        quoted, plain = text.groups()
        return _constant(plain.replace("''", "'")) if quoted is None else _interpolated(quoted.replace('""', '"'))
    if word := source.take(_WORD):
        return _constant({"true": True, "false": False, "null": None}[word[1]])
    if reference := read_reference(source):
        return reference.value
    prefix = source.take(_PREFIX)
    match prefix and prefix[0]:
        case "(":
            (inner,) = _read_list(source, ")")
            return inner
        case "[":
            items = _read_list(source, "]")
            return lambda scope: [item(scope) for item in items]
        case "{":
            pairs = _read_list(source, "}", paired=True)
            return lambda scope: {key(scope): value(scope) for key, value in zip(pairs[::2], pairs[1::2], strict=True)}
        case "!" | "not":
            negated = _read_operand(source)
            return lambda scope: not is_true(negated(scope))
    raise TemplateError(f"a value expected at {source.text[source.at : source.at + 20]!r}")


def _read_list(source: Source, end: str, *, paired: bool = False) -> list[Expression]:
    """Read expressions to an end; pairs have a colon between them."""
    expressions: list[Expression] = []
    if source.take_sign(end):
        return expressions
    while True:
        expressions.append(read_expression(source))
        if paired and len(expressions) % 2:
            source.require(":")
        elif not source.take_sign(","):
            source.require(end)
            return expressions


def _interpolated(text: str) -> Expression:
    """Read what stands in double quotes: its references are written out."""
    source = Source(text)
    parts: list[Expression] = []
    while source.at < len(text):
        if reference := read_reference(source):
            parts.append(reference.text)
        elif plain := source.take(_PLAIN):
            parts.append(_constant(plain[0]))
    return lambda scope: "".join(part(scope) for part in parts)


def _constant(value: Any) -> Expression:
    return lambda _: value
