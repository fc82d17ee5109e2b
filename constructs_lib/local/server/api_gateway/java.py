"""The values of a mapping template, with the methods that they have as Java's: the language calls those by name."""

import json
import re
from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


class TemplateError(ValueError):
    """A template that is none, or says something that is not known here."""


def text_of(value: Any) -> str:
    """Write a value as Java does; maps and lists are not JSON then."""
    match value:
        case str():
            return value
        case None:
            return ""
        case dict():
            return "{" + ", ".join(f"{key}={text_of(member)}" for key, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(text_of, value)) + "]"
    return json.dumps(value)


def call(target: Any, name: str, arguments: list[Any]) -> Any:
    """Call a method of a value; of nothing, it gives nothing.

    Raises:
        TemplateError: the value has no such method, or none that is known here.
    """
    if target is None:
        return None
    if isinstance(target, dict) and callable(function := target.get(name)):
        return function(*arguments)
    for kind, methods in _METHODS.items():
        if isinstance(target, kind) and name in methods:
            return methods[name](target, *arguments)
    raise TemplateError(f"no method of a {type(target).__name__} that the local AWS knows: {name}")


def _replace_all(text: str, pattern: str, replacement: str) -> str:
    """Replace what matches; Java writes a group as $1, and takes a backslash before any character away."""

    def filled_in(found: re.Match[str]) -> str:
        return re.sub(r"\\(.)|\$(\d)", lambda part: found[int(part[2])] if part[2] else part[1], replacement)

    return re.sub(pattern, filled_in, text)


def _put(values: dict[str, Any], key: str, value: Any) -> Any:
    former = values.get(key)
    values[key] = value
    return former


_METHODS: dict[type, dict[str, Method]] = {
    str: {
        "contains": lambda text, part: part in text,
        "endsWith": str.endswith,
        "equals": lambda text, other: text == other,
        "indexOf": str.find,
        "isEmpty": lambda text: not text,
        "length": len,
        "matches": lambda text, pattern: bool(re.fullmatch(pattern, text)),
        "replace": str.replace,
        "replaceAll": _replace_all,
        "split": lambda text, pattern: re.split(pattern, text),
        "startsWith": str.startswith,
        "substring": lambda text, start, end=None: text[start:end],
        "toLowerCase": str.lower,
        "toUpperCase": str.upper,
        "trim": str.strip,
    },
    dict: {
        "containsKey": lambda values, key: key in values,
        "entrySet": lambda values: [{"key": key, "value": value} for key, value in values.items()],
        "get": dict.get,
        "isEmpty": lambda values: not values,
        "keySet": list,
        "put": _put,
        "size": len,
    },
    list: {
        "add": lambda values, value: values.append(value) or True,
        "contains": lambda values, value: value in values,
        "get": lambda values, index: values[index],
        "isEmpty": lambda values: not values,
        "size": len,
    },
    object: {"toString": text_of},
}
