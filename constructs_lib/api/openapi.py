"""The OpenAPI document of an API's routes: what clients, and those who write them, go by."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk.aws_apigateway import AuthorizationType

from constructs_lib.api.auth import Auth
from constructs_lib.api.body_schema import Schema
from constructs_lib.api.route import METHODS, Route

_MESSAGE = {"application/json": {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}}}
_ERRORS = {
    "400": "A parameter or the body is missing or wrong",
    "401": "Nobody, or nobody known, calls",
    "403": "The caller may not",
    "404": "There is no such item",
    "415": "The body is not application/json",
    "429": "Too many requests",
    "502": "A service behind the API failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as its callers see it."""

    route: Route
    auth: Auth
    schema: Schema | None = None
    """Of the body, in draft 4."""
    success: str | None = None
    """The status of success; None where what answers chooses it."""

    @property
    def id(self) -> str:
        """A name that no other operation of the API has."""
        words = re.sub(
            r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_" if found[0] != "/" else "_", self.route.path
        )
        return f"{self.route.method.lower()}{words}"


def openapi_document(
    title: str, version: str, operations: Iterable[Operation], addresses: Sequence[str] = ()
) -> dict[str, Any]:
    """Describe the routes in OpenAPI 3.0, and where they are reached as far as that is known."""
    paths: dict[str, Any] = {}
    schemes: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for operation in operations:
        path = paths.setdefault(operation.route.path.replace("+}", "}"), {})
        security = _security(operation.auth)
        schemes.update(security)
        described = _described(operation, list(security), schemas)
        method = operation.route.method
        for each in METHODS if method == "ANY" else [method]:
            if each != "ANY":
                own_id = {} if method != "ANY" else {"operationId": f"{each.lower()}_{described['operationId']}"}
                # A method of its own goes before ANY, whichever was added first.
                if method != "ANY" or each.lower() not in path:
                    path[each.lower()] = described | own_id
    components = {"securitySchemes": schemes, "schemas": schemas}
    # The paths begin with the slash.
    servers = [{"url": address.rstrip("/")} for address in addresses]
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": version},
        **({"servers": servers} if servers else {}),
        "paths": paths,
        "components": {name: component for name, component in components.items() if component},
    }


def _described(operation: Operation, security: list[str], schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "responses": _responses(operation),
        # Scopes stand beside it: in 3.0 only OAuth2 schemes, which name their addresses, may list them within.
        "security": [{name: []} for name in security],
    }
    if operation.auth.scopes:
        described["x-required-scopes"] = list(operation.auth.scopes)
    if operation.route.parameters:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in operation.route.parameters
        ]
    if operation.schema is not None:
        prefix = f"#/components/schemas/{operation.id}."
        for name, definition in operation.schema.get("definitions", {}).items():
            schemas[f"{operation.id}.{name}"] = _in_openapi(definition, prefix)
        body = {word: value for word, value in operation.schema.items() if word not in ("$schema", "definitions")}
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _in_openapi(body, prefix)}},
        }
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    statuses = ["429"]
    if operation.auth.type != AuthorizationType.NONE:
        statuses += ["403"] if operation.auth.type == AuthorizationType.IAM else ["401", "403"]
    if operation.route.parameters or operation.schema is not None or operation.success:
        statuses.append("400")
    if operation.success:
        statuses += ["415", "502"] + (["404"] if operation.success == "200" else [])
    errors = {status: {"description": _ERRORS[status], "content": _MESSAGE} for status in sorted(statuses)}
    if not operation.success:
        return {"default": {"description": "The answer"}, **errors}
    return {operation.success: {"description": "Done", "content": {"application/json": {}}}, **errors}


def _security(auth: Auth) -> dict[str, Any]:
    """Name what the callers of a route show, as a security scheme."""
    match auth.type:
        case AuthorizationType.COGNITO:
            return {"users": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        case AuthorizationType.IAM:
            signed = {"type": "apiKey", "in": "header", "name": "Authorization"}
            return {"iam": signed | {"x-amazon-apigateway-authtype": "awsSigv4"}}
        case AuthorizationType.CUSTOM:
            return {f"custom.{auth.header}": {"type": "apiKey", "in": "header", "name": auth.header}}
    return {}


def _in_openapi(schema: Any, prefix: str) -> Any:
    """Write a schema of draft 4 in OpenAPI's dialect; what that cannot say is left out, since it only describes."""
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for word, value in schema.items():
        if word == "$ref":
            result[word] = prefix + value.rpartition("/")[2]
        elif word == "properties":
            result[word] = {name: _in_openapi(sub, prefix) for name, sub in value.items()}
        elif word == "items" and isinstance(value, list):
            result[word] = {"anyOf": [_in_openapi(sub, prefix) for sub in value]}
        elif word in ("items", "not", "additionalProperties"):
            result[word] = _in_openapi(value, prefix)
        elif word in ("allOf", "anyOf", "oneOf"):
            result[word] = [_in_openapi(sub, prefix) for sub in value if sub != {"type": "null"}]
            result |= {"nullable": True} if {"type": "null"} in value else {}
        elif word == "type":
            result |= _type(value)
        elif word not in ("additionalItems", "patternProperties", "dependencies"):
            result[word] = value
    if "patternProperties" in schema:
        result.pop("additionalProperties", None)
    return result


def _type(value: str | list[str]) -> dict[str, Any]:
    """Say a type, or several: OpenAPI knows one, which may be null."""
    names = [value] if isinstance(value, str) else value
    others = [name for name in names if name != "null"]
    result: dict[str, Any] = {"nullable": True} if len(others) < len(names) else {}
    if not others:
        return result | {"enum": [None]}
    return result | ({"type": others[0]} if len(others) == 1 else {"anyOf": [{"type": name} for name in others]})
