"""The JSON text that a mapping template reads from: a request's body, or a service's answer."""

import json
import re
from typing import Any, NoReturn

from constructs_lib.local.server.api_gateway.java import TemplateError

_STEP = re.compile(r"\.([\w-]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")


class NotJsonError(ValueError):
    """Text that a template reads as JSON, and that is none."""


class JsonDocument:
    """JSON text, read when it is first asked for; no text at all is an empty object."""

    def __init__(self, text: str) -> None:
        """Keep it."""
        self._text = text
        self._read: list[Any] = []

    def json(self, path: str = "$") -> str:
        """Write a part of it as JSON; one that is not there as an empty text."""
        found = self.at(path)
        return json.dumps("" if found is None else found, separators=(",", ":"), ensure_ascii=False)

    def at(self, path: str = "$") -> Any:
        """Give a part of it, or None.

        Raises:
            TemplateError: a path with more than names and numbers.
            NotJsonError: the text is no JSON.
        """
        if not self._read:
            self._read.append(_parsed(self._text))
        value, rest = self._read[0], path.removeprefix("$")
        while rest:
            step = _STEP.match(rest)
            if not step:
                raise TemplateError(f"no JSON path that the local AWS knows: {path}")
            name, quoted, twice_quoted, index = step.groups()
            value = _item(value, int(index)) if index else _member(value, name or quoted or twice_quoted)
            rest = rest[step.end() :]
        return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text or "{}", parse_constant=_refuse)
    except ValueError as error:
        raise NotJsonError(str(error)) from error


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _member(value: Any, name: str | None) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _item(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) and index < len(value) else None
