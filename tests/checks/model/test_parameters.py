"""Parameters: their defaults, and what a parent stack gives."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.model.values import UNKNOWN, Reference, Value


def default_of(declared: Any) -> Value:
    stack = Stack("Orders", {"Parameters": {"It": declared}})
    Assembly([stack])
    return stack.resolve({"Ref": "It"})[1]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("a", UNKNOWN),
        ({"Type": "String", "Default": "a"}, "a"),
        ({"Type": "Number", "Default": 5}, 5),
        ({"Type": "Number", "Default": "5"}, "5"),
        ({"Type": "CommaDelimitedList", "Default": "a, b"}, ["a", "b"]),
        ({"Type": "List<Number>", "Default": 80}, ["80"]),
        ({"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1"}, ["subnet-1"]),
        ({"Type": "AWS::EC2::VPC::Id", "Default": "vpc-1"}, "vpc-1"),
        ({"Type": "String"}, UNKNOWN),
        ({"Type": "String", "Default": ""}, UNKNOWN),
        ({"Type": "String", "Default": ["a"]}, UNKNOWN),
        ({"Type": "String", "Default": "{{resolve:ssm:/a}}"}, UNKNOWN),
        ({"Type": "String", "Default": "a", "NoEcho": True}, UNKNOWN),
        ({"Type": "String", "Default": "a", "NoEcho": "true"}, UNKNOWN),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}, UNKNOWN),
        ({"Type": ["String"], "Default": "a"}, UNKNOWN),
        ({"Default": "a"}, UNKNOWN),
    ],
    ids=repr,
)
def test_defaults(declared: Any, value: Value) -> None:
    assert default_of(declared) == value


def given(parameters: Any, kind: str = "String", condition: str = "Always") -> Value:
    """Give what a nested stack's parameter is, whose default is ``child``."""
    parent = Stack(
        "Parent",
        {
            "Parameters": {
                "Name": {"Type": "String", "Default": "parent"},
                "Ids": {"Type": "CommaDelimitedList", "Default": "a,b"},
            },
            "Conditions": {"Always": {"Fn::Equals": ["a", "a"]}, "Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {
                "Topic": {"Type": "AWS::SNS::Topic"},
                "Other": {"Type": "AWS::CloudFormation::Stack"},
                "Nested": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Condition": condition,
                    "Properties": {"Parameters": parameters} if parameters != "none" else {},
                },
            },
        },
    )
    child = Stack(
        "Child",
        {
            "Parameters": {"It": {"Type": kind, "Default": "child"}},
            "Conditions": {"IsParent": {"Fn::Equals": [{"Ref": "It"}, "x"]}},
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Condition": "IsParent"}},
        },
        nested_in=(parent, "Nested"),
    )
    Assembly([child, parent])
    assert ("Queue" in child.resources) is (condition == "Always" and parameters != {"It": "y"})
    return child.resolve({"Ref": "It"})[1]


@pytest.mark.parametrize(
    ("parameters", "kind", "value"),
    [
        ({"It": "x"}, "String", "x"),
        ({"It": "y"}, "String", "y"),
        ({"It": {"Ref": "Name"}}, "String", "parent"),
        ({"It": {"Ref": "Ids"}}, "CommaDelimitedList", ["a", "b"]),
        ({"It": {"Fn::Join": [",", ["c", {"Ref": "Name"}]]}}, "List<String>", ["c", "parent"]),
        ({"It": {"Fn::GetAtt": ["Other", "Outputs.Ids"]}}, "List<String>", UNKNOWN),
        ({"It": [{"a": "b"}, "c"]}, "CommaDelimitedList", [UNKNOWN, "c"]),
        ({"It": {"a": "b", "c": "d"}}, "String", UNKNOWN),
        ({"It": {"Fn::GetAZs": ""}}, "String", UNKNOWN),
        ({}, "String", "child"),
        ({"Other": "x"}, "String", "child"),
        ("none", "String", "child"),
        ({"Fn::If": ["Open", {"It": "x"}, {}]}, "String", UNKNOWN),
        (["x"], "String", UNKNOWN),
    ],
    ids=repr,
)
def test_what_a_parent_stack_gives(parameters: Any, kind: str, value: Value) -> None:
    assert given(parameters, kind) == value


def test_resources_of_the_parent_stack() -> None:
    value = given({"It": {"Fn::Join": [",", [{"Ref": "Topic"}, "c"]]}}, "CommaDelimitedList")
    assert isinstance(value[0], Reference)
    assert (value[0].resource.logical_id, value[0].resource.stack.name, value[1]) == ("Topic", "Parent", "c")


def test_a_nested_stack_that_is_never_made() -> None:
    assert given({"It": "x"}, condition="Never") is UNKNOWN
