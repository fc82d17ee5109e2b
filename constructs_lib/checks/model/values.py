"""What a value of a template may be, once its intrinsic functions are followed as far as they lead."""

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from constructs_lib.checks.model.resource import Resource


class Unknown(Enum):
    """A value that only the deployment knows: no rule finds anything in it."""

    UNKNOWN = auto()

    def __repr__(self) -> str:
        """Read as what it says."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


class Reference(NamedTuple):
    """A resource of the assembly that a value names: by ``Ref``, by ``Fn::GetAtt``, or through other stacks."""

    resource: "Resource"
    attribute: str
    """The attribute of ``Fn::GetAtt``; empty for ``Ref``."""


class Text(NamedTuple):
    """A text that is known in part, such as an ARN with the region left open."""

    parts: tuple["str | Reference | Unknown", ...]

    @property
    def references(self) -> list[Reference]:
        """The resources that the text names."""
        return [part for part in self.parts if isinstance(part, Reference)]

    @property
    def pattern(self) -> str:
        """The text with a NUL, which no template holds, in the place of what is not known."""
        return "".join(part if isinstance(part, str) else "\0" for part in self.parts)


Value = Any
"""A literal of JSON (None: absent), a `Reference`, a `Text` or `UNKNOWN`."""


_LONGEST = 1_000_000
"""In characters; CloudFormation takes no template that is longer."""
_A_REFERENCE = 100
"""Counts as so many, about as long as an ARN."""
_DYNAMIC = re.compile(r"(\{\{resolve:[^{}]*\}\})")
"""What CloudFormation looks up in Systems Manager or Secrets Manager."""


def joined(parts: list[Value]) -> Value:
    """Put the parts of a text together."""
    runs: list[list[str] | Reference | Unknown] = []
    length = 0
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            known = _written(piece)
            length += len(known) if isinstance(known, str) else _A_REFERENCE
            if length > _LONGEST:
                return UNKNOWN
            if not isinstance(known, str):
                runs.append(known)
            elif runs and isinstance(runs[-1], list):
                runs[-1].append(known)
            elif known:
                runs.append([known])
    pieces = [piece for run in runs for piece in (looked_up("".join(run)) if isinstance(run, list) else [run])]
    if not pieces:
        return ""
    return pieces[0] if len(pieces) == 1 else Text(tuple(pieces))


def _written(piece: Value) -> str | Reference | Unknown:
    """Write a part of a text as CloudFormation does."""
    if isinstance(piece, bool):
        return "true" if piece else "false"
    if isinstance(piece, str | int | float):
        return str(piece)
    return piece if isinstance(piece, Reference) else UNKNOWN


def looked_up(text: str) -> list[str | Reference | Unknown]:
    """Give the parts of a text; what CloudFormation looks up when it deploys is not known."""
    if "{{resolve:" not in text:
        return [text]
    # The split alternates: text, what is looked up, text, ...
    return [UNKNOWN if index % 2 else part for index, part in enumerate(_DYNAMIC.split(text)) if part]


def split(value: Value, delimiter: str) -> list[Value] | None:
    """Take a text apart; None if that is not known, since any part that is not known may hold the delimiter."""
    parts = value.parts if isinstance(value, Text) else (value,)
    if not all(isinstance(part, str) or (delimiter == "," and _is_one_thing(part)) for part in parts):
        return None
    found: list[list[Value]] = [[]]
    for part in parts:
        first, *others = part.split(delimiter) if isinstance(part, str) else [part]
        found[-1].append(first)
        found.extend([other] for other in others)
    return [joined(each) for each in found]


def _is_one_thing(part: Value) -> bool:
    """Whether a part is an id, a name or an ARN, which have no comma; what another stack gives may be a list."""
    return isinstance(part, Reference) and part.attribute in ("", "Arn", "GroupId", "SubnetId")
