"""One statement of a policy, and the actions that it means."""

import re
from fnmatch import translate
from functools import cache
from typing import TypeGuard

from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.values import UNKNOWN


class Actions:
    """The actions that a list of patterns means; statements that are written alike share one, and so what it knows."""

    __slots__ = ("_answers", "_is_spared", "_texts")

    def __init__(self, texts: tuple[str | None, ...], is_spared: bool) -> None:
        self._texts = texts
        self._is_spared = is_spared
        self._answers: dict[str, bool | None] = {}

    def cover(self, action: str) -> bool | None:
        """Whether an action such as ``dynamodb:Scan`` is among those meant; None if that cannot be known."""
        if action not in self._answers:
            matched = self._match(action)
            self._answers[action] = matched if matched is None else matched is not self._is_spared
        return self._answers[action]

    def name(self, action: str) -> bool:
        """Whether an action is meant by its own name or its service's, not just by ``*``."""
        return any(text != "*" and _matches(text, action) for text in self._texts)

    def _match(self, action: str) -> bool | None:
        if any(_matches(text, action) for text in self._texts):
            return True
        return None if None in self._texts else False


class Statement:
    """One statement of a policy.

    Attributes:
        place: where it stands.
        meant: the actions that it is about.
    """

    __slots__ = ("meant", "place")

    def __init__(self, place: Place) -> None:
        self.place = place
        written = place.value.get("Action") if isinstance(place.value, dict) else None
        if _is_plain(written):
            self.meant = _shared(tuple(written), False)
        elif place.at("Action").missing:
            self.meant = _meant(place.at("NotAction"), True)
        else:
            self.meant = _meant(place.at("Action"), False)

    @property
    def actions(self) -> list[Place]:
        """The actions as written, with their wildcards."""
        return self.place.at("Action").items

    @property
    def resources(self) -> Place:
        """What the actions are allowed on."""
        return self.place.at("Resource")

    @property
    def condition(self) -> Place:
        """When they are."""
        return self.place.at("Condition")

    def covers(self, action: str) -> bool | None:
        """Whether an action is among those meant; None if that cannot be known."""
        return self.meant.cover(action)

    def names(self, action: str) -> bool:
        """Whether the action is meant by its own name or its service's, not just by ``*``."""
        return not self.place.at("Action").missing and self.meant.name(action)


def _is_plain(written: object) -> TypeGuard[list[str]]:
    """Whether actions are plain texts, as they nearly always are, which need no place each."""
    return isinstance(written, list) and all(isinstance(each, str) and "{{" not in each for each in written)


def _meant(patterns: Place, is_spared: bool) -> Actions:
    # A statement of no action at all is malformed: it does not mean all of them.
    is_open = patterns.value is UNKNOWN or patterns.missing
    texts = [None] if is_open else [each.text for each in patterns.items]
    return _shared(tuple(texts), is_spared)


@cache
def _shared(texts: tuple[str | None, ...], is_spared: bool) -> Actions:
    return Actions(texts, is_spared)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # As in file names, but that a bracket is a bracket; unlike a plain pattern's, many wildcards cost no more than few.
    return re.compile(translate(text.replace("[", "[[]")), re.IGNORECASE)


def _matches(text: str | None, action: str) -> bool:
    return text is not None and _pattern(text).fullmatch(action) is not None
