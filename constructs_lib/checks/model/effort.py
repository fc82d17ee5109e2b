"""How far a value is followed: a template may lead in circles, or name itself ever twice."""

from types import TracebackType

_DEPTH, _STEPS = 64, 20_000
"""No real template comes near them."""


class Effort:
    """Counts the steps from one reference to the next, of one question at a time.

    ``with effort as is_bearable`` is one step; it is not bearable when the steps lead too deep, or are too many.
    """

    __slots__ = ("_depth", "_steps")

    def __init__(self) -> None:
        self._depth = self._steps = 0

    def __enter__(self) -> bool:
        self._steps = self._steps + 1 if self._depth else 1
        self._depth += 1
        return self._depth <= _DEPTH and self._steps <= _STEPS

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._depth -= 1
