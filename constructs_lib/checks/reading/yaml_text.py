"""Templates that are written in YAML, with CloudFormation's short tags.

The values are put together from the parser's events in one loop, which no nesting overflows, no tag makes run anything,
and no alias makes grow without bound.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.limits import DEEPEST, MOST_REPEATED

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it; it is ten times as fast."""

_FUNCTIONS = (
    "And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap GetAZs GetAtt GetStackOutput If "
    "ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString Transform ValueOf ValueOfAll"
)
_TAGS = {"!Ref": "Ref", "!Condition": "Condition"} | {f"!{name}": f"Fn::{name}" for name in _FUNCTIONS.split()}
_KINDS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")} | {"!", None}
"""Tags that say no more than what is written says."""

_WORDS: dict[str, bool | None] = {
    written: value
    for word, value in {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.items()
    for written in (word, word.capitalize(), word.upper())
} | dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_BROKEN = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_NO_KEY: Final = object()


@dataclass(slots=True)
class _Open:
    """A list or an object that is being read."""

    value: Any
    function: str | None
    anchor: str | None
    key: Any = _NO_KEY
    inherited: list[Any] = field(default_factory=list)
    """What merge keys name."""
    size: int = 1
    depth: int = 1


@dataclass(slots=True, frozen=True)
class _Anchored:
    """A value that aliases stand for."""

    value: Any
    size: int
    depth: int


def parse_yaml(text: str, path: str) -> Any:
    """Read YAML 1.1 as CloudFormation does: dates stay texts, and all keys are texts.

    Args:
        text: the text.
        path: what messages call its file.

    Raises:
        CannotRead: what is malformed or hostile, has a key twice, or has a tag that is none of CloudFormation's.
    """
    return _Reader(path).read(text)


def events(text: str) -> Iterator[Any]:
    """Give PyYAML's events of a text, which it raises ``YAMLError`` for if it is malformed."""
    loader = _Loader(text)
    while (event := loader.get_event()) is not None:
        yield event


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self._line = 1
        self._open: list[_Open] = []
        self._anchored: dict[str, _Anchored] = {}
        self._repeated = 0
        self._document: Any = None

    def read(self, text: str) -> Any:
        try:
            return self._read(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise CannotRead(self._path, f"it is no YAML: {error.problem}", mark.line + 1 if mark else None) from None
        except yaml.YAMLError as error:
            raise CannotRead(self._path, f"it is no YAML: {' '.join(str(error).split())}") from None

    def _read(self, text: str) -> Any:
        documents = 0
        for event in events(text):
            self._line = event.start_mark.line + 1
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent():
                    self._begin(event, {})
                case yaml.SequenceStartEvent():
                    self._begin(event, [])
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end()
                case yaml.AliasEvent():
                    self._alias(event.anchor)
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._refusal("it holds more than one document")
        return self._document

    def _scalar(self, event: Any) -> None:
        function = self._function(event.tag)
        is_key = self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is _NO_KEY
        # A text under a function is one, as in !Ref 2024; so are a key, and what stands in quotes or has a tag.
        is_text = event.tag or is_key or event.style
        self._give(_called(function, event.value if is_text else plain(event.value)), event.anchor)

    def _begin(self, event: Any, value: Any) -> None:
        if len(self._open) >= DEEPEST:
            raise self._refusal(f"its values are nested more than {DEEPEST} deep")
        self._open.append(_Open(value, self._function(event.tag), event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        value = done.value
        if done.inherited:
            value = {key: each for merged in reversed(done.inherited) for key, each in merged.items()} | value
        self._give(_called(done.function, value), done.anchor, done.size, done.depth)

    def _alias(self, name: str | None) -> None:
        known = self._anchored.get(name or "")
        if known is None:
            raise self._refusal(f"the alias *{name} stands for nothing that comes before it")
        self._repeated += known.size
        if self._repeated > MOST_REPEATED:
            raise self._refusal(f"its aliases stand for more than {MOST_REPEATED:,} values")
        if len(self._open) + known.depth > DEEPEST:
            raise self._refusal(f"its values are nested more than {DEEPEST} deep")
        self._give(known.value, None, known.size, known.depth)

    def _give(self, value: Any, anchor: str | None, size: int = 1, depth: int = 0) -> None:
        """Put a value where it belongs."""
        if anchor is not None:
            self._anchored[anchor] = _Anchored(value, size, depth)
        if not self._open:
            self._document = value
            return
        holder = self._open[-1]
        holder.size += size
        holder.depth = max(holder.depth, depth + 1)
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.key is _NO_KEY:
            holder.key = self._key(holder, value)
        else:
            if holder.key == "<<":
                self._merge(holder, value)
            else:
                holder.value[holder.key] = value
            holder.key = _NO_KEY

    def _key(self, holder: _Open, key: Any) -> str:
        if not isinstance(key, str):
            raise self._refusal("a key is no text")
        if key in holder.value:
            raise self._refusal(f'the key "{key}" stands twice in one place')
        return key

    def _merge(self, holder: _Open, value: Any) -> None:
        inherited = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in inherited):
            raise self._refusal("what << names is no object")
        holder.inherited.extend(inherited)

    def _function(self, tag: str | None) -> str | None:
        if tag in _KINDS:
            return None
        function = _TAGS.get(tag or "")
        if function is None:
            raise self._refusal(f"the tag {tag} is none of CloudFormation's")
        return function

    def _refusal(self, reason: str) -> CannotRead:
        return CannotRead(self._path, reason, self._line)


def _called(function: str | None, argument: Any) -> Any:
    if function is None:
        return argument
    if function == "Fn::GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {function: argument}


def plain(text: str) -> Any:
    """Give what a text without quotes or tag stands for.

    What only a number of another base would be stays a text, for an account's id may begin with a zero.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-.":
        kind = int if _WHOLE.fullmatch(text) else float if _BROKEN.fullmatch(text) else str
        # Python takes no number of more than 4,300 digits.
        return kind(text) if len(text) < 1000 else text
    return text
