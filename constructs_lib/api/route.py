"""The method and path that a request must have to be answered."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from constructs_lib.arguments import InvalidArgument, require, require_kind, require_one_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY")

_SOURCE = "Methods for REST APIs in API Gateway"
_IMPORTANT = "Amazon API Gateway important notes"
_SEGMENT = re.compile(r"[a-zA-Z0-9._:-]+|\{(?P<parameter>[a-zA-Z0-9._-]+)(?P<greedy>\+?)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, as in ``GET /requests/{id}``."""

    method: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``METHOD /literal/{parameter}/{rest+}``.

        Raises:
            InvalidArgument: another method; a path that is not absolute or ends with a slash; a segment that is neither
                literal nor one parameter; a parameter for the rest of the path that is not last; one parameter twice;
                a path that API Gateway keeps for itself.
        """
        require_kind("route", text, str, _SOURCE)
        method, _, path = text.partition(" ")
        require_one_of("the method of a route", method, METHODS, _SOURCE)
        route = cls(method, path)
        matches = [_SEGMENT.fullmatch(segment) for segment in route.segments]
        require(path.startswith("/") and all(matches), "route", "be METHOD /literal/{parameter}/{rest+}", text, _SOURCE)
        is_greedy = [bool(match and match["greedy"]) for match in matches]
        require(not any(is_greedy[:-1]), "route", "have a {rest+} only at its end", text, _SOURCE)
        names = route.parameters
        require(len(set(names)) == len(names), "route", "name each parameter once", text, _SOURCE)
        is_free = path not in ("/ping", "/sping")
        require(is_free, "route", "leave /ping and /sping to API Gateway's own health check", text, _IMPORTANT)
        return route

    def __str__(self) -> str:
        """Read as the user wrote it."""
        return f"{self.method} {self.path}"

    @property
    def segments(self) -> list[str]:
        """The path between its slashes; none for the root."""
        return self.path.split("/")[1:] if self.path != "/" else []

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters."""
        matches = map(_SEGMENT.fullmatch, self.segments)
        return [match["parameter"] for match in matches if match and match["parameter"]]

    @property
    def pattern(self) -> str:
        """The requests of the route as policies write them: ``GET/requests/*``."""
        method = "*" if self.method == "ANY" else self.method
        return method + re.sub(r"\{[^}]*\}", "*", self.path)

    def require_room_beside(self, others: Iterable["Route"]) -> None:
        """Raise `InvalidArgument` where an API that has other routes cannot have this one too."""
        for other in others:
            if other == self:
                raise InvalidArgument("route", "be added once", str(self), _SOURCE)
            rival = self._rival_of(other)
            if rival:
                rule = f"call the parameter {rival} as in {other}: one place in a path has one parameter"
                raise InvalidArgument("route", rule, str(self), _SOURCE)

    def _rival_of(self, other: "Route") -> str | None:
        """Find the parameter by which another path already calls a place in this one by another name."""
        for mine, theirs in zip(self.segments, other.segments, strict=False):
            if mine != theirs:
                return theirs if mine.startswith("{") and theirs.startswith("{") else None
        return None
