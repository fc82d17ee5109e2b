"""The JSON schema of a request's body, in the words of draft 4, the only ones that API Gateway reads."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from constructs_lib.arguments import InvalidArgument, require
from constructs_lib.quotas import API_GATEWAY_MODEL_SIZE

Schema = dict[str, Any]

_SOURCE = "Data models for REST APIs in API Gateway"
_DRAFT = "http://json-schema.org/draft-04/schema#"
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_KEPT = {
    *("description", "title", "format", "pattern", "multipleOf", "uniqueItems"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
}
_ANNOTATIONS = {
    "$schema",
    "$id",
    "id",
    "$comment",
    "deprecated",
    "examples",
    "readOnly",
    "writeOnly",
    "discriminator",
    "default",
}
"""What says nothing about which bodies are right; ``discriminator`` only repeats what its ``oneOf`` asks."""
_ABOUT_REF = _ANNOTATIONS | {"description", "title"}


@runtime_checkable
class HasJsonSchema(Protocol):
    """A class that describes itself, as every Pydantic model does."""

    def model_json_schema(self) -> Schema:
        """Describe what the class accepts as JSON schema."""


Body = Mapping[str, Any] | HasJsonSchema


def draft_4(body: Body) -> Schema:
    """Write the schema of a body in draft 4.

    Args:
        body: a JSON schema of draft 4 or later, or a Pydantic model.

    Raises:
        InvalidArgument: neither; a word that draft 4 has not and that cannot be said otherwise; a reference out of the
            schema; a type that JSON has not; or more than 400 KB (Amazon API Gateway quotas for REST APIs).
    """
    given = body.model_json_schema() if isinstance(body, HasJsonSchema) else body
    if not isinstance(given, Mapping) or not given:
        raise InvalidArgument("body", "be a JSON schema or a Pydantic model", given, _SOURCE)
    definitions = {**given.get("definitions", {}), **given.get("$defs", {})}
    schema = {"$schema": _DRAFT, **_converted(given, definitions)}
    if definitions:
        schema["definitions"] = {name: _converted(each, definitions) for name, each in definitions.items()}
    try:
        size = len(json.dumps(schema)) / 1000
    except (TypeError, ValueError) as error:
        raise InvalidArgument("body", "be a JSON schema of JSON values", str(error), _SOURCE) from error
    require(size <= API_GATEWAY_MODEL_SIZE.maximum, "body", f"be {API_GATEWAY_MODEL_SIZE}", f"{size:g} KB", _SOURCE)
    return schema


def _converted(schema: Any, definitions: Mapping[str, Any]) -> Schema:
    """Write one schema, and those in it, in draft 4."""

    def one(sub: Any) -> Schema:
        return _converted(sub, definitions)

    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if not isinstance(schema, Mapping):
        raise InvalidArgument("body", "have schemas that are objects", schema, _SOURCE)
    if "$ref" in schema:
        return _reference(schema, definitions, one)
    result: Schema = {}
    for word, value in schema.items():
        if word in _KEPT:
            result[word] = value
        elif word in ("properties", "patternProperties"):
            result[word] = {name: one(sub) for name, sub in _object(word, value).items()}
        elif word in ("allOf", "anyOf", "oneOf"):
            result[word] = [*result.get(word, []), *(one(sub) for sub in _list(word, value))]
        elif word == "not":
            result[word] = one(value)
        elif word in ("additionalProperties", "additionalItems"):
            result[word] = value if isinstance(value, bool) else one(value)
        elif word in ("items", "prefixItems"):
            _add_items(result, schema, word, value, one)
        elif word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            result |= _bound(schema, word.removeprefix("exclusive").lower())
        elif word in ("enum", "const"):
            _add_values(result, [value] if word == "const" else _list(word, value))
        elif word == "required":
            # Draft 4 does not take an empty list.
            result.update({word: _list(word, value)} if value else {})
        elif word == "type":
            for each in value if isinstance(value, list) else [value]:
                require(each in _TYPES, "body", f"have a type among {', '.join(_TYPES)}", each, _SOURCE)
            result[word] = value
        elif word == "dependentRequired":
            result["dependencies"] = {**result.get("dependencies", {}), **_object(word, value)}
        elif word == "dependencies":
            needed = {name: sub if isinstance(sub, list) else one(sub) for name, sub in _object(word, value).items()}
            result["dependencies"] = {**result.get("dependencies", {}), **needed}
        elif word not in _ANNOTATIONS | {"$defs", "definitions"}:
            rule = "use words of JSON schema that API Gateway knows (draft 4), or that can be said in them"
            raise InvalidArgument("body", rule, word, _SOURCE)
    return result


def _reference(schema: Mapping[str, Any], definitions: Mapping[str, Any], one: Callable[[Any], Schema]) -> Schema:
    """Refer to a definition of the same schema; what stands beside a reference would not be looked at."""
    target = schema["$ref"]
    place, _, name = str(target).rpartition("/")
    if place not in ("#/$defs", "#/definitions") or name not in definitions:
        raise InvalidArgument("body", "refer to definitions of its own only, as #/$defs/Name", target, _SOURCE)
    reference = {"$ref": f"#/definitions/{name}"}
    beside = {
        word: value for word, value in schema.items() if word not in _ABOUT_REF | {"$ref", "$defs", "definitions"}
    }
    return {"allOf": [reference, one(beside)]} if beside else reference


def _add_values(result: Schema, values: list[Any]) -> None:
    """List the values that are right; null as a type, because CDK leaves it out of what it writes."""
    others = [value for value in values if value is not None]
    if len(others) == len(values):
        result["enum"] = values
    else:
        either = [*([{"enum": others}] if others else []), {"type": "null"}]
        result["allOf"] = [*result.get("allOf", []), {"anyOf": either}]


def _add_items(result: Schema, schema: Mapping[str, Any], word: str, value: Any, one: Callable[[Any], Schema]) -> None:
    """Say what an array holds; where the first ones are named one by one, draft 4 calls the others additional."""
    if word == "prefixItems" or isinstance(value, list):
        result["items"] = [one(sub) for sub in _list(word, value)]
    elif "prefixItems" in schema:
        result["additionalItems"] = value if isinstance(value, bool) else one(value)
    else:
        result["items"] = one(value)


def _bound(schema: Mapping[str, Any], bound: str) -> Schema:
    """Say a bound as draft 4 does: a number, and whether the number itself is out."""
    inclusive, exclusive = schema.get(bound), schema.get(f"exclusive{bound.capitalize()}")
    if inclusive is None and isinstance(exclusive, bool):
        return {}
    if isinstance(exclusive, bool) or exclusive is None:
        return {bound: inclusive} | ({f"exclusive{bound.capitalize()}": True} if exclusive else {})
    is_tighter = inclusive is not None and (inclusive > exclusive if bound == "minimum" else inclusive < exclusive)
    return {bound: inclusive} if is_tighter else {bound: exclusive, f"exclusive{bound.capitalize()}": True}


def _object(word: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidArgument("body", f"have an object as {word}", value, _SOURCE)
    return value


def _list(word: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise InvalidArgument("body", f"have a list as {word}", value, _SOURCE)
    return value
