"""Bodies: what API Gateway is told to refuse, in the words that it knows."""

import re
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from aws_cdk import Stack
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, Field

from constructs_lib import Auth, InvalidArgument
from constructs_lib.api.body_schema import draft_4
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with, methods_of
from tests.api.test_protected_api import deployment_of
from tests.statements import only, resources


class Kind(Enum):
    GOODS = "goods"
    SERVICE = "service"


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Kind = Field(default=Kind.GOODS, description="what is bought")
    price: Annotated[float, Field(gt=0, le=1000)]
    count: int = 1


class Card(BaseModel):
    by: Literal["card"]


class Invoice(BaseModel):
    by: Literal["invoice"]
    due: str | None = None


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lines: list[Line] = Field(min_length=1)
    note: str | None = Field(default=None, max_length=10)
    payment: Card | Invoice = Field(discriminator="by")
    place: tuple[str, int] | None = None
    parent: "Order | None" = None


RIGHT: dict[str, Any] = {"lines": [{"kind": "goods", "price": 3}], "payment": {"by": "card"}}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"note": None},
        {"note": "short"},
        {"payment": {"by": "invoice", "due": None}},
        {"place": ["Seoul", 7]},
        {"parent": RIGHT},
        {"lines": [{"price": 1000, "count": 2}]},
    ],
)
def test_what_a_model_takes_passes(change: dict[str, Any]) -> None:
    Order.model_validate(RIGHT | change)
    Draft4Validator(draft_4(Order)).validate(RIGHT | change)


@pytest.mark.parametrize(
    "change",
    [
        {"note": 7},
        {"note": "much too long"},
        {"payment": {"by": "cheque"}},
        {"payment": {}},
        {"place": ["Seoul", "seven"]},
        {"place": ["Seoul", 7, 8]},
        {"place": ["Seoul"]},
        {"parent": {"lines": []}},
        {"lines": []},
        {"lines": [{"price": 0}]},
        {"lines": [{"price": 1001}]},
        {"lines": [{"price": 1, "kind": "gift"}]},
        {"lines": [{"price": 1, "other": 1}]},
        {"other": 1},
    ],
)
def test_what_a_model_refuses_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Order.model_validate(RIGHT | change)
    assert not Draft4Validator(draft_4(Order)).is_valid(RIGHT | change)


def test_the_schema_is_one_of_draft_4() -> None:
    schema = draft_4(Order)
    assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"
    Draft4Validator.check_schema(schema)
    written = str(schema)
    assert "$defs" not in written
    assert "prefixItems" not in written
    assert "'const'" not in written
    assert "discriminator" not in written


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"minimum": 1, "exclusiveMinimum": 0}, {"minimum": 1}),
        ({"minimum": 0, "exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
        ({"exclusiveMaximum": 9}, {"maximum": 9, "exclusiveMaximum": True}),
        ({"maximum": 5, "exclusiveMaximum": 9}, {"maximum": 5}),
        ({"maximum": 5, "exclusiveMaximum": True}, {"maximum": 5, "exclusiveMaximum": True}),
        ({"maximum": 5, "exclusiveMaximum": False}, {"maximum": 5}),
        ({"exclusiveMaximum": True}, {}),
        ({"const": None}, {"allOf": [{"anyOf": [{"type": "null"}]}]}),
        ({"properties": {"a": True, "b": False}}, {"properties": {"a": {}, "b": {"not": {}}}}),
        ({"dependentRequired": {"a": ["b"]}}, {"dependencies": {"a": ["b"]}}),
        ({"dependencies": {"a": {"const": 1}, "b": ["c"]}}, {"dependencies": {"a": {"enum": [1]}, "b": ["c"]}}),
        ({"type": "object", "required": []}, {"type": "object"}),
        ({"items": [{"const": 1}], "additionalItems": {"const": 2}}, None),
        ({"prefixItems": [{}], "items": {"const": 2}}, {"items": [{}], "additionalItems": {"enum": [2]}}),
        ({"prefixItems": [{}], "items": False}, {"items": [{}], "additionalItems": False}),
        ({"patternProperties": {"^a": {"const": 1}}}, {"patternProperties": {"^a": {"enum": [1]}}}),
        ({"additionalProperties": {"const": 1}}, {"additionalProperties": {"enum": [1]}}),
        ({"not": {"const": 1}, "readOnly": True}, {"not": {"enum": [1]}}),
        (
            {"definitions": {"A": {"const": 1}}, "oneOf": [{"$ref": "#/definitions/A", "minimum": 2, "title": "A"}]},
            {
                "oneOf": [{"allOf": [{"$ref": "#/definitions/A"}, {"minimum": 2}]}],
                "definitions": {"A": {"enum": [1]}},
            },
        ),
    ],
)
def test_later_words_are_said_in_those_of_draft_4(given: dict[str, Any], said: dict[str, Any] | None) -> None:
    schema = draft_4(given)
    Draft4Validator.check_schema(schema)
    expected = said if said is not None else {"items": [{"enum": [1]}], "additionalItems": {"enum": [2]}}
    assert {word: value for word, value in schema.items() if word != "$schema"} == expected


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "body must be a JSON schema or a Pydantic model, got {}"),
        ("object", "body must be a JSON schema or a Pydantic model, got 'object'"),
        ({"type": "text"}, "body must have a type among array, boolean"),
        ({"type": ["string", "text"]}, "body must have a type among array, boolean"),
        ({"if": {}}, "that can be said in them, got 'if'"),
        ({"properties": {"a": {"propertyNames": {}}}}, "that can be said in them, got 'propertyNames'"),
        ({"tpye": "object"}, "that can be said in them, got 'tpye'"),
        ({"$ref": "https://example.com/a"}, "body must refer to definitions of its own only"),
        ({"$ref": "#/definitions/Gone"}, "body must refer to definitions of its own only"),
        ({"properties": []}, "body must have an object as properties"),
        ({"anyOf": []}, "body must have a list as anyOf"),
        ({"required": "a"}, "body must have a list as required"),
        ({"items": 7}, "body must have schemas that are objects"),
        ({"enum": [Decimal(1)]}, "body must be a JSON schema of JSON values"),
        ({"enum": ["x" * 401_000]}, "body must be 0 to 400 KB"),
    ],
)
def test_what_api_gateway_could_not_check_is_refused(body: Any, sentence: str) -> None:
    _, api = api_with()
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        api.route("POST /orders", PROBE, auth=Auth.iam(), body=body)
    assert set(api.methods) == {"GET /health"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "ANY"])
def test_a_request_without_a_body_has_no_schema(method: str) -> None:
    _, api = api_with()
    with pytest.raises(InvalidArgument, match=f"body must be that of one of POST, PUT, PATCH, got '{method} /orders'"):
        api.route(f"{method} /orders", PROBE, auth=Auth.iam(), body={"type": "object"})


def with_body(body: Any) -> Stack:
    stack, api = api_with()
    api.route("POST /orders", PROBE, auth=Auth.iam(), body=body)
    return stack


def test_a_body_is_checked_whatever_content_type_it_claims() -> None:
    template = template_of(with_body(Order))
    method = methods_of(template)["POST /orders"]
    (model,) = resources(template, "AWS::ApiGateway::Model")
    assert method["RequestModels"] == {"application/json": {"Ref": model}, "$default": {"Ref": model}}
    validator = template["Resources"][method["RequestValidatorId"]["Ref"]]["Properties"]
    assert validator["ValidateRequestBody"] is True
    assert "RequestModels" not in methods_of(template)["GET /health"]


@pytest.mark.parametrize(
    "body",
    [
        Order,
        {"properties": {"a": True, "b": {"additionalProperties": False}}, "items": {}},
        {"enum": ["", 0, False, [], None]},
        {"allOf": [{"enum": [None, 1]}], "const": None},
    ],
)
def test_a_schema_is_not_changed_on_its_way_into_the_template(body: Any) -> None:
    assert only(template_of(with_body(body)), "AWS::ApiGateway::Model")["Schema"] == draft_4(body)


def test_null_may_be_one_of_the_values() -> None:
    check = Draft4Validator(draft_4({"enum": ["a", None], "allOf": [{"maxLength": 1}]}))
    assert [check.is_valid(value) for value in ("a", None, "b", 1)] == [True, True, False, False]


def test_another_schema_is_deployed_after_its_model() -> None:
    stack = with_body({"type": "object"})
    assert deployment_of(stack) == deployment_of(with_body({"type": "object"}))
    assert deployment_of(stack) != deployment_of(with_body({"type": "array"}))
    template = template_of(stack)
    (model,) = resources(template, "AWS::ApiGateway::Model")
    (deployment,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::ApiGateway::Deployment"]
    assert model in deployment["DependsOn"]
