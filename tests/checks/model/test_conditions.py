"""Conditions: what holds in every deployment, in none, or in some only."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack

ENV = {"Ref": "Env"}
IS_PROD = {"Fn::Equals": [ENV, "prod"]}
TRUE, FALSE = {"Fn::Equals": [1, "1"]}, {"Fn::Equals": ["a", "b"]}


def holds(condition: Any, **others: Any) -> bool | None:
    stack = Stack(
        "Orders",
        {
            "Parameters": {
                "Env": {"Type": "String", "Default": "dev"},
                "Ids": {"Type": "CommaDelimitedList", "Default": "a"},
            },
            "Mappings": {"Map": {"dev": {"a": "b"}, "eu-west-1": {"a": "b"}}},
            "Conditions": {"It": condition, **others},
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Condition": "It"}},
        },
        region="eu-west-1",
    )
    Assembly([stack])
    # Who asks for the default does not change what a condition takes it for.
    assert stack.resolve(ENV)[1] == "dev"
    assert ("Queue" in stack.resources) is (stack.condition("It") is not False)
    assert stack.resolve(ENV)[1] == "dev"
    return stack.condition("It")


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (TRUE, True),
        (FALSE, False),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, True),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "a"]}, "c"]}, False),
        ({"Fn::Not": [TRUE]}, False),
        ({"Fn::And": [TRUE, TRUE]}, True),
        ({"Fn::And": [TRUE, FALSE]}, False),
        ({"Fn::And": [IS_PROD, FALSE]}, False),
        ({"Fn::And": [IS_PROD, TRUE]}, None),
        ({"Fn::Or": [IS_PROD, TRUE]}, True),
        ({"Fn::Or": [IS_PROD, FALSE]}, None),
        ({"Fn::Or": [FALSE, FALSE]}, False),
        ({"Condition": "Other"}, False),
        # the deployment may set a parameter otherwise than by default, however it is asked for
        (IS_PROD, None),
        ({"Fn::Not": [IS_PROD]}, None),
        ({"Fn::Equals": [{"Fn::Sub": "${Env}"}, "prod"]}, None),
        ({"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Ids"}]}, ""]}, None),
        ({"Fn::Equals": [{"Fn::Select": [0, {"Ref": "Ids"}]}, "b"]}, None),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Map", ENV, "a"]}, "c"]}, None),
        ({"Fn::Equals": [ENV, ENV]}, None),
        # what is malformed
        ({"Condition": "It"}, None),
        ({"Fn::Not": [{"Condition": "It"}]}, None),
        ({"Condition": "Nothing"}, None),
        ({"Condition": ["Other"]}, None),
        ({"Fn::Equals": ["a"]}, None),
        ({"Fn::Equals": "a"}, None),
        ({"Fn::Not": [TRUE, TRUE]}, None),
        ({"Fn::And": []}, None),
        ({"Fn::Other": [TRUE]}, None),
        ({"Fn::Equals": [{"Ref": "Queue"}, "a"]}, None),
        (TRUE | FALSE | {"a": 1}, None),
        ("yes", None),
        (None, None),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_condition(condition: Any, answer: bool | None) -> None:
    assert holds(condition, Other=FALSE) is answer


def test_what_is_nested_too_deep_is_open() -> None:
    condition: Any = TRUE
    for _ in range(100):
        condition = {"Fn::Not": [condition]}
    assert holds(condition) is None


def test_a_long_chain_of_conditions_is_open() -> None:
    chain = {f"C{index}": {"Condition": f"C{index + 1}"} for index in range(2_000)}
    assert holds({"Condition": "C0"}, **chain, C2000=FALSE) is None
