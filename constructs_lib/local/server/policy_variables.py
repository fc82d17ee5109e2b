"""Policy variables: ``${aws:username}`` in a policy stands for what the request says."""

import re
from collections.abc import Callable
from typing import Any

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_LITERALS = {"*", "?", "$"}


class UnknownVariableError(LookupError):
    """A variable that the request says nothing about: its statement does not count."""


def filled_in(value: Any, value_of: Callable[[str], Any]) -> Any:
    """Put values for the variables in a part of a policy, whatever its form.

    Raises:
        UnknownVariableError: ``value_of`` knows none, or several, for a variable without a default.
    """
    if isinstance(value, dict):
        return {name: filled_in(part, value_of) for name, part in value.items()}
    if isinstance(value, list):
        return [filled_in(part, value_of) for part in value]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replace(variable: re.Match[str]) -> str:
        name, default = variable.groups()
        if name in _LITERALS:
            return str(name)
        known = value_of(name)
        if known is None or isinstance(known, list):
            known = default
        if known is None:
            raise UnknownVariableError(name)
        return str(known)

    return _VARIABLE.sub(replace, value)
