"""A place in a template: what stands there, and how a finding calls it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import Severity
from constructs_lib.checks.model.values import UNKNOWN, Reference, Text, Value

if TYPE_CHECKING:
    from constructs_lib.checks.model.resource import Resource
    from constructs_lib.checks.model.stack import Stack

_DEEPEST, _LARGEST = 100, 1e100
"""No real template goes so far in, or has such numbers."""
_FLAGS = {"true": True, "false": False}


class Place:
    """A value in a resource, resolved, with the path that leads to it.

    Whoever asks for a `number`, a `text` or a `flag` gets None for what is unknown, absent or of another kind: a rule
    then finds nothing. Only `missing` says that there surely is no value.

    Attributes:
        resource: the resource that the place is in.
        value: what stands there, see `values`.
    """

    __slots__ = ("_depth", "_inner", "_is_open", "_items", "_outer", "_stack", "_step", "resource", "value")

    def __init__(
        self,
        resource: "Resource",
        raw: object,
        stack: "Stack",
        *,
        outer: "Place | None" = None,
        step: str | int | None = None,
    ) -> None:
        self.resource = resource
        self._outer = outer
        self._step = step
        depth = 1 if outer is None else outer._depth + 1
        self._depth: int = depth
        # Rules ask for the same places over and over.
        self._inner: dict[str, Place] | None = None
        self._items: list[Place] | None = None
        self._is_open: bool | None = None
        self.value: Value
        self._stack: Stack
        if depth >= _DEEPEST:
            self._stack, self.value = stack, UNKNOWN
        # Only these may have to be followed, and most are neither: it is not worth a call.
        elif (isinstance(raw, dict) and len(raw) == 1) or (isinstance(raw, str) and "{{" in raw):
            # A value that another stack gave has its references there.
            self._stack, self.value = stack.resolve(raw)
        else:
            self._stack, self.value = stack, raw

    @property
    def path(self) -> tuple[str | int, ...]:
        """The steps to it from the resource, as in ``("Properties", "VpcConfig", "SubnetIds", 0)``."""
        if self._step is None:
            return ()
        return (*(self._outer.path if self._outer else ()), self._step)

    def at(self, *steps: str) -> "Place":
        """Go further in, by the names of properties."""
        place = self
        for step in steps:
            inner = place._inner
            place = (inner.get(step) if inner is not None else None) or place._further(step)
        return place

    def text_at(self, step: str) -> str | None:
        """Give the text of a property, without making a place of it where it is plain."""
        raw = self.value.get(step) if isinstance(self.value, dict) else None
        return raw if isinstance(raw, str) and "{{" not in raw else self.at(step).text

    def _further(self, step: str) -> "Place":
        value = self.value
        if isinstance(value, dict):
            raw = value.get(step)
            if raw is None and self._may_hold_more:
                raw = UNKNOWN
        else:
            raw = None if value is None else UNKNOWN
        found = Place(self.resource, raw, self._stack, outer=self, step=step)
        if self._inner is None:
            self._inner = {}
        self._inner[step] = found
        return found

    @property
    def _may_hold_more(self) -> bool:
        """Whether a transform or a loop may add properties when the template is deployed."""
        if self._is_open is None:
            keys = self.value if isinstance(self.value, dict) else ()
            self._is_open = self._stack.is_open or any(isinstance(key, str) and key.startswith("Fn::") for key in keys)
        return self._is_open

    @property
    def missing(self) -> bool:
        """Whether there surely is no value."""
        return self.value is None

    @property
    def number(self) -> float | None:
        """The number, also one that is written as a text, as CloudFormation takes it."""
        value = self.value
        if isinstance(value, bool):
            return None
        try:
            number = float(value) if isinstance(value, str) else value
        except ValueError:
            return None
        # "nan" and "inf" are numbers to Python alone, and larger ones it does not write.
        return number if isinstance(number, int | float) and abs(number) < _LARGEST else None

    @property
    def text(self) -> str | None:
        """The text, if it is known as a whole."""
        return self.value if isinstance(self.value, str) else None

    @property
    def known_text(self) -> str:
        """What is surely part of the text; empty if nothing is."""
        return self.value.pattern.replace("\0", "") if isinstance(self.value, Text) else self.text or ""

    @property
    def flag(self) -> bool | None:
        """True or false, also when written as a text."""
        if isinstance(self.value, bool):
            return self.value
        return _FLAGS.get(self.value.lower()) if isinstance(self.value, str) else None

    @property
    def items(self) -> "list[Place]":
        """What a list holds; nothing if there is no list, and one value counts as a list of it."""
        if self._items is None:
            self._items = self._found_items()
        return self._items

    def _found_items(self) -> "list[Place]":
        value = self.value
        if isinstance(value, list):
            places = [Place(self.resource, raw, self._stack, outer=self, step=index) for index, raw in enumerate(value)]
            return [place for place in places if place.value is not None]
        return [] if value is None or value is UNKNOWN else [self]

    @property
    def entries(self) -> "list[tuple[str, Place]]":
        """What an object holds, by name; nothing if there is no object."""
        if not isinstance(self.value, dict):
            return []
        return [(name, self.at(name)) for name in self.value if isinstance(name, str)]

    @property
    def is_list_known(self) -> bool:
        """Whether there is a list, or none for sure, and each of its items is known or names a resource."""
        return self.value is not UNKNOWN and all(item.value is not UNKNOWN for item in self.items)

    @property
    def reference(self) -> Reference | None:
        """The resource and the attribute that the value is."""
        return self.value if isinstance(self.value, Reference) else None

    def target(self, *types: str) -> "Resource | None":
        """The resource that the value is, if it is in the assembly and of one of these types; no type: of any."""
        value = self.value
        if isinstance(value, Reference) and (not types or value.resource.type in types):
            return value.resource
        return None

    def references(self) -> Iterator[Reference]:
        """Each resource that is named here, however deep: in lists, objects and texts."""
        pending = [self]
        while pending:
            place = pending.pop()
            match place.value:
                case Reference() as found:
                    yield found
                case Text() as text:
                    yield from text.references
                case list():
                    pending.extend(place.items)
                case dict():
                    pending.extend(inner for _, inner in place.entries)

    @property
    def location(self) -> str:
        """The place as a JSON pointer from the template's root (RFC 6901)."""
        steps = ("Resources", self.resource.logical_id, *self.path)
        return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)

    def problem(self, message: str, *, fix: str, severity: Severity | None = None) -> Problem:
        """Say what is wrong here.

        Args:
            message: one sentence with the names and values found, without a full stop.
            fix: one sentence of what to do, in the imperative.
            severity: if it is another than the rule's.
        """
        return Problem(self, message, fix, severity)
