"""What a mapping template knows without setting it: ``$input``, ``$util`` and ``$context``."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from constructs_lib.local.server.api_gateway.expression import Scope
from constructs_lib.local.server.api_gateway.java import TemplateError, text_of
from constructs_lib.local.server.api_gateway.json_document import JsonDocument
from constructs_lib.local.server.api_gateway.request_context import named

Parameters = Mapping[str, dict[str, str]]
"""The parameters of a request, by place: ``path``, ``querystring`` and ``header``; the names of headers are small."""

_ESCAPES = {"\b": r"\b", "\n": r"\n", "\t": r"\t", "\f": r"\f", "\r": r"\r"} | {sign: f"\\{sign}" for sign in "'\"\\/"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a method was asked."""

    body: str
    parameters: Parameters
    context: dict[str, Any]
    """Everything below ``$context``; what a template sets in it stays set."""
    stage_variables: dict[str, str]

    def variables(self, body: str) -> Scope:
        """Give what a template knows: of a body, which is this request's or a service's, and of this request."""
        document = JsonDocument(body)
        given = {"body": body, "json": document.json, "path": document.at, "params": self.parameter}
        return {"input": given, "util": _UTILITIES, "context": self.context, "stageVariables": self.stage_variables}

    def parameter(self, name: str | None = None) -> Any:
        """Give the parameter of a name, wherever it is; or all."""
        if name is None:
            return self.parameters
        keys = {"path": name, "querystring": name, "header": name.lower()}
        return next((self.parameters[place][key] for place, key in keys.items() if key in self.parameters[place]), "")

    def mapped(self, source: str) -> str | None:
        """Give what a parameter mapping names: a literal, a parameter by its place, or something of the context."""
        if source.startswith("'"):
            return source.strip("'")
        match source.split(".", 3):
            case ["method", "request", ("path" | "querystring" | "header") as place, name]:
                return self.parameters[place].get(name.lower() if place == "header" else name)
            case ["context", *_]:
                return text_of(named(self.context, source)) or None
        raise TemplateError(f"no parameter mapping that the local AWS knows: {source}")


def escape_javascript(value: Any) -> str:
    """Write text as Apache Commons does for a string of JavaScript; JSON knows all of it but the escaped apostrophe."""
    return "".join(map(_escaped, text_of(value)))


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if " " <= sign <= "\x7f":
        return sign
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2))


def _url_encode(value: Any) -> str:
    """Write text as a value of a form; Java differs from Python in two signs."""
    return quote_plus(text_of(value), safe="*", errors="replace").replace("~", "%7E")


_UTILITIES = {
    "escapeJavaScript": escape_javascript,
    "parseJson": json.loads,
    "urlEncode": _url_encode,
    "urlDecode": unquote_plus,
    "base64Encode": lambda value: base64.b64encode(text_of(value).encode("utf-8", "replace")).decode(),
    "base64Decode": lambda text: base64.b64decode(text).decode("utf-8", "replace"),
}
