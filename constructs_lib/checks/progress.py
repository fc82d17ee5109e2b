"""A bar for whoever waits at a terminal."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")

_SOON, _WIDTH = 0.5, 30
"""The seconds that nobody needs a bar for, and its characters."""


def shown(items: Sequence[_Item], what: str) -> Iterator[_Item]:
    """Draw items, with a bar on standard error if that is a terminal and it takes long."""
    begun, drawn = time.monotonic(), False
    for done, item in enumerate(items):
        if sys.stderr.isatty() and time.monotonic() - begun > _SOON:
            full = _WIDTH * done // len(items)
            drawn = _draw(f"\r{what} {'━' * full}{'·' * (_WIDTH - full)} {done}/{len(items)}")
        yield item
    if drawn:
        _draw("\r\x1b[K")


def _draw(text: str) -> bool:
    sys.stderr.write(text)
    sys.stderr.flush()
    return True
