"""The operators of a mapping template, from those that bind least to those that bind most."""

import operator
import re
from collections.abc import Callable
from typing import Any

from constructs_lib.local.server.api_gateway.java import text_of

Operator = Callable[[Any, Any], Any]


def is_true(value: Any) -> bool:
    """Tell whether a condition holds: anything does but false and nothing; an empty text is something."""
    return value is not None and value is not False


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return bool(left == right) or text_of(left) == text_of(right)


def _sum(left: Any, right: Any) -> Any:
    return left + right if _are_numbers(left, right) else text_of(left) + text_of(right)


def _of_numbers(combine: Operator) -> Operator:
    return lambda left, right: combine(left, right) if _are_numbers(left, right) else None


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


OPERATORS: dict[str, Operator] = {
    "||": lambda left, right: is_true(left) or is_true(right),
    "&&": lambda left, right: is_true(left) and is_true(right),
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<=": _of_numbers(operator.le),
    ">=": _of_numbers(operator.ge),
    "<": _of_numbers(operator.lt),
    ">": _of_numbers(operator.gt),
    "+": _sum,
    "-": _of_numbers(operator.sub),
    "*": _of_numbers(operator.mul),
    "/": _of_numbers(lambda left, right: left // right if isinstance(left + right, int) else left / right),
    "%": _of_numbers(operator.mod),
}
LEVELS = [re.compile(rf"\s*({signs})") for signs in (r"\|\|", "&&", "==|!=", "<=|>=|<|>", r"[+-]", "[*/%]")]
