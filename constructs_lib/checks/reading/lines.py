"""The lines of a template, for reports: reading does not count them, since most templates have nothing to tell."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from constructs_lib.checks.reading.json_lines import json_spot
from constructs_lib.checks.reading.yaml_lines import yaml_spot


class Spot(Protocol):
    """Where in a text a value stands."""

    @property
    def line(self) -> int:
        """The line, from 1, in which the value begins, or its name if it has one."""

    @property
    def inner(self) -> "Mapping[str, Spot]":
        """What a list or an object holds, by number or name."""


def line_of(text: str, location: str) -> int | None:
    """Give the line, from 1, of a place in a template.

    What is not written there itself, such as a property that is missing, or a resource that SAM makes of another one,
    has the line of what it belongs to.

    Args:
        text: the template, in JSON or YAML.
        location: the place, as a JSON pointer.

    Returns:
        The line; None if the text holds nothing.
    """
    spot = _first_spot(text)
    if spot is None:
        return None
    names = [step.replace("~1", "/").replace("~0", "~") for step in location.split("/")[1:]]
    for depth, name in enumerate(names):
        is_resource = names[:depth] == ["Resources"]
        found = spot.inner.get(name) or (_made_of(spot.inner, name) if is_resource else None)
        if found is None:
            break
        spot = found
    return spot.line


def _made_of(resources: "Mapping[str, Spot]", logical_id: str) -> Spot | None:
    """Find the resource of which SAM makes another one, whose logical id begins like it."""
    names = [name for name in resources if logical_id.startswith(name)]
    return resources[max(names, key=len)] if names else None


@lru_cache(maxsize=4)
def _first_spot(text: str) -> Spot | None:
    return json_spot(text) or yaml_spot(text)
