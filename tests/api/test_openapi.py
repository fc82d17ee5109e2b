"""The OpenAPI document: every route, who may call it, and what it takes, for those who write clients."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from pydantic import BaseModel

from constructs_lib import Auth, AwsAction, ItemTable, ProtectedApi, UserDirectory, WorkQueue
from tests.api.apis import PROBE
from tests.items.test_item_table import function


class Line(BaseModel):
    item: str
    count: int | None = None


class Order(BaseModel):
    lines: list[Line]
    size: tuple[int, str] | None = None


def make(folder: Path | None = None) -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api", users=UserDirectory(stack, "Users", scopes={"desk": {"write": "Write"}}))
    api.route("ANY /rest/{path+}", PROBE)
    api.route("PUT /rest/{path+}", PROBE, auth=Auth.iam())
    api.route("GET /late", PROBE, auth=Auth.iam())
    api.route("ANY /late", PROBE)
    api.route("POST /orders", AwsAction.send_message(WorkQueue(stack, "Queue")), body=Order, scopes=["desk/write"])
    api.route(
        "PATCH /orders",
        PROBE,
        auth=Auth.custom(function(stack, "Check"), header="X-Key"),
        body={"type": ["string", "null"], "patternProperties": {"a": {}}, "additionalProperties": False},
    )
    items = ItemTable(stack, "Table", partition_key="id")
    api.route("GET /items/{id}", AwsAction.get_item(items), auth=Auth.none(reason="public"))
    return api.openapi(title="Desk", version="2.0.0", file=folder / "openapi.json" if folder else None)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return make()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_a_document_of_openapi_3_0(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    assert document["info"] == {"title": "Desk", "version": "2.0.0"}
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for route, operation in operations(document):
        assert [each["name"] for each in operation.get("parameters", [])] == re.findall(r"\{(.*?)\}", route)
        for security in operation["security"]:
            assert set(security) <= set(document["components"]["securitySchemes"])


def test_every_route_is_there(document: dict[str, Any]) -> None:
    any_method = {f"{method} /rest/{{path}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")}
    assert {route for route, _ in operations(document) if not route.endswith("/late")} == any_method | {
        "POST /orders",
        "PATCH /orders",
        "GET /items/{id}",
    }


def test_each_says_who_may_call_it(document: dict[str, Any]) -> None:
    asked = {route: [next(iter(each)) for each in operation["security"]] for route, operation in operations(document)}
    assert asked["GET /rest/{path}"] == ["users"]
    # The route of its own goes before ANY, whichever was added first.
    assert asked["PUT /rest/{path}"] == asked["GET /late"] == ["iam"]
    assert asked["PUT /late"] == ["users"]
    assert asked["PATCH /orders"] == ["custom.X-Key"]
    assert asked["GET /items/{id}"] == []
    assert document["paths"]["/orders"]["post"]["x-required-scopes"] == ["desk/write"]
    schemes = document["components"]["securitySchemes"]
    assert schemes["users"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert schemes["iam"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert schemes["custom.X-Key"] == {"type": "apiKey", "in": "header", "name": "X-Key"}


def test_each_says_what_may_come_back(document: dict[str, Any]) -> None:
    statuses = {route: set(operation["responses"]) for route, operation in operations(document)}
    assert statuses["POST /orders"] == {"202", "400", "401", "403", "415", "429", "502"}
    assert statuses["GET /items/{id}"] == {"200", "400", "404", "415", "429", "502"}
    assert statuses["PUT /rest/{path}"] == {"default", "400", "403", "429"}
    assert statuses["GET /rest/{path}"] == {"default", "400", "401", "403", "429"}


def test_each_says_what_it_takes(document: dict[str, Any]) -> None:
    body = document["paths"]["/orders"]["post"]["requestBody"]
    assert body["required"] is True
    order = body["content"]["application/json"]["schema"]
    assert order["properties"]["lines"]["items"] == {"$ref": "#/components/schemas/post_orders.Line"}
    assert order["properties"]["size"]["nullable"] is True
    (size,) = order["properties"]["size"]["anyOf"]
    assert size["items"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    line = document["components"]["schemas"]["post_orders.Line"]
    count = line["properties"]["count"]
    assert (count["nullable"], count["anyOf"]) == (True, [{"type": "integer"}])
    # What 3.0 cannot say is not said, rather than said wrongly.
    text = document["paths"]["/orders"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    assert text == {"nullable": True, "type": "string"}


def test_it_has_no_word_that_openapi_3_0_does_not_know(document: dict[str, Any]) -> None:
    written = json.dumps(document)
    for word in ("$schema", "definitions", '"null"', "patternProperties", "additionalItems"):
        assert word not in written


def test_it_may_be_written_to_a_file(document: dict[str, Any], tmp_path: Path) -> None:
    assert make(tmp_path) == document
    assert json.loads((tmp_path / "openapi.json").read_text()) == document
