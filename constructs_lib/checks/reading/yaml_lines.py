"""Where in a YAML text its values stand."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from constructs_lib.checks.reading.yaml_text import events


@dataclass(slots=True)
class YamlSpot:
    """Where a value stands."""

    line: int
    """The line, from 1, in which the value begins, or its name if it has one."""
    inner: "dict[str, YamlSpot]" = field(default_factory=dict)
    """What a list or an object holds, by number or name."""
    is_object: bool = False
    next: tuple[str, int] | None = None
    """The name whose value comes next, and its line."""


def yaml_spot(text: str) -> YamlSpot | None:
    """Give the spot of the whole text; None if it holds nothing."""
    root: YamlSpot | None = None
    opened: list[YamlSpot] = []
    try:
        for event in events(text):
            if isinstance(event, yaml.CollectionEndEvent):
                opened.pop()
            elif isinstance(event, yaml.NodeEvent):
                spot = _placed(event, opened)
                root = root or spot
                if spot and isinstance(event, yaml.CollectionStartEvent):
                    spot.is_object = isinstance(event, yaml.MappingStartEvent)
                    opened.append(spot)
    except (yaml.YAMLError, IndexError):  # what comes before has its lines all the same
        pass
    return root


def _placed(event: Any, opened: list[YamlSpot]) -> YamlSpot | None:
    """Put a value into what holds it; of two in an object, the first is no value but the name of the other."""
    line = event.start_mark.line + 1
    if not opened:
        return YamlSpot(line)
    holder = opened[-1]
    if holder.is_object and holder.next is None:
        holder.next = getattr(event, "value", ""), line
        return None
    name, line = holder.next or (str(len(holder.inner)), line)
    holder.next = None
    spot = holder.inner[name] = YamlSpot(line)
    return spot
