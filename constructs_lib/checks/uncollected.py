"""Reading and judging without the garbage collector's walks."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave garbage alone for a while: of what is read and judged, all is in use until the end.

    The collector would walk again and again over templates that only grow, for a third of the whole time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
