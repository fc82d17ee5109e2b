r"""Mapping templates: the part of Apache Velocity's language that API Gateway's documentation describes.

Written for this, as the engines on PyPI take backslashes in a quoted string for escapes, which Velocity does not: what
``replaceAll("\\'", "'")`` does is at the bottom of every safe template.
"""

import re
from collections.abc import Callable

from constructs_lib.local.server.api_gateway.expression import (
    Expression,
    Reference,
    Scope,
    Source,
    read_expression,
    read_reference,
)
from constructs_lib.local.server.api_gateway.java import TemplateError
from constructs_lib.local.server.api_gateway.operators import is_true

Part = Callable[[Scope], str]

_COMMENT = re.compile(r"##[^\n]*\n?|#\*.*?\*#", re.DOTALL)
_DIRECTIVE = re.compile(r"#\{?(set|if|elseif|else|end|foreach)\b\}?")
_TEXT = re.compile(r"[^#$]+|[#$]")
_REST_OF_LINE = re.compile(r"[ \t]*\r?\n")


class Template:
    """A template, ready to be filled in."""

    def __init__(self, text: str) -> None:
        """Read it; raise `TemplateError` if it is none."""
        self._parts, _ = _read_block(Source(text), "")

    def render(self, scope: Scope) -> str:
        """Fill it in; what it sets is set in ``scope``."""
        return _written(self._parts, scope)


def _written(parts: list[Part], scope: Scope) -> str:
    return "".join(part(scope) for part in parts)


def _read_block(source: Source, *ends: str) -> tuple[list[Part], str]:
    """Read up to one of the directives that end a block, and tell which it is; the end of the text is an empty one."""
    parts: list[Part] = []
    while source.at < len(source.text):
        if source.take(_COMMENT):
            continue
        if directive := source.take(_DIRECTIVE):
            if directive[1] in ends:
                return parts, directive[1]
            parts.append(_read_directive(source, directive[1]))
            source.take(_REST_OF_LINE)
        elif reference := read_reference(source):
            parts.append(reference.text)
        elif text := source.take(_TEXT):
            parts.append(_text(text[0]))
    if "" not in ends:
        raise TemplateError("#end expected")
    return parts, ""


def _read_directive(source: Source, word: str) -> Part:
    match word:
        case "set":
            return _read_set(source)
        case "if":
            return _read_if(source)
        case "foreach":
            return _read_foreach(source)
    raise TemplateError(f"#{word} without its beginning")


def _read_set(source: Source) -> Part:
    source.require("(")
    target = _read_target(source)
    source.require("=")
    value = read_expression(source)
    source.require(")")

    def assign(scope: Scope) -> str:
        target.assign(value(scope), scope)
        return ""

    return assign


def _read_if(source: Source) -> Part:
    branches: list[tuple[Expression, list[Part]]] = []
    word = "if"
    while word != "end":
        condition = _read_condition(source) if word != "else" else _always
        source.take(_REST_OF_LINE)
        parts, word = _read_block(source, "elseif", "else", "end")
        branches.append((condition, parts))

    def choose(scope: Scope) -> str:
        return next((_written(parts, scope) for condition, parts in branches if is_true(condition(scope))), "")

    return choose


def _read_foreach(source: Source) -> Part:
    source.require("(")
    name = _read_target(source).name
    source.require("in")
    values = read_expression(source)
    source.require(")")
    source.take(_REST_OF_LINE)
    parts, _ = _read_block(source, "end")

    def repeat(scope: Scope) -> str:
        items = values(scope) or []
        items = list(items.values()) if isinstance(items, dict) else items
        return "".join(_turn(item, index, len(items), scope) for index, item in enumerate(items))

    def _turn(item: object, index: int, count: int, scope: Scope) -> str:
        turn = {"index": index, "count": index + 1, "hasNext": index + 1 < count, "first": index == 0}
        scope |= {name: item, "foreach": turn, "velocityCount": index + 1}
        return _written(parts, scope)

    return repeat


def _read_condition(source: Source) -> Expression:
    source.require("(")
    condition = read_expression(source)
    source.require(")")
    return condition


def _read_target(source: Source) -> Reference:
    source.take(re.compile(r"\s*"))
    target = read_reference(source)
    if not target:
        raise TemplateError("a reference expected")
    return target


def _always(_: Scope) -> bool:
    return True


def _text(text: str) -> Part:
    return lambda _: text
