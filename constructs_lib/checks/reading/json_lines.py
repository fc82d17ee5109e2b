"""Where in a JSON text its values stand."""

import json
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

_SPACE = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()


def json_spot(text: str) -> "JsonSpot | None":
    """Give the spot of the whole text; None if it is no JSON object."""
    start = _behind_space(text, 0)
    if not text.startswith("{", start):
        return None
    spot = JsonSpot(text, [match.start() for match in re.finditer("\n", text)], start, start)
    try:
        return spot if spot.inner else None
    except (ValueError, RecursionError):
        return None


@dataclass
class JsonSpot:
    """Where a value stands; what it holds is looked for when somebody asks, and skipped as fast as JSON is read.

    Attributes:
        text: the whole text.
        breaks: where its lines end.
        at: where the value begins, or its name if it has one.
        value: where the value begins.
    """

    text: str
    breaks: list[int]
    at: int
    value: int

    @property
    def line(self) -> int:
        """The line, from 1."""
        return bisect_left(self.breaks, self.at) + 1

    @cached_property
    def inner(self) -> "dict[str, JsonSpot]":
        """What a list or an object holds, by number or name."""
        found: dict[str, JsonSpot] = {}
        is_object = self.text.startswith("{", self.value)
        if not is_object and not self.text.startswith("[", self.value):
            return found
        position = _behind_space(self.text, self.value + 1)
        while not self.text.startswith(("}", "]"), position):
            at, name = position, str(len(found))
            if is_object:
                name, position = _decoder.raw_decode(self.text, position)
                position = _behind_space(self.text, _behind_space(self.text, position) + 1)
            found[name] = JsonSpot(self.text, self.breaks, at, position)
            position = _behind_space(self.text, _decoder.raw_decode(self.text, position)[1])
            if self.text.startswith(",", position):
                position = _behind_space(self.text, position + 1)
        return found


def _behind_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
