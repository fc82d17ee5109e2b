"""What leads from one stack to another."""

import time
from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.model.values import UNKNOWN, Reference, Value

TOPIC: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
EXPORTS = TOPIC | {"Outputs": {"Arn": {"Value": {"Ref": "Topic"}, "Export": {"Name": "topic"}}}}
NEVER = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}


def stack(name: str, body: dict[str, Any], region: str = "eu-west-1", account: str = "1", **more: Any) -> Stack:
    return Stack(name, body, region=region, account=account, **more)


def led_to(raw: Any, *others: Stack, region: str = "eu-west-1", **body: Any) -> str | Value:
    """Give the stack whose topic a value leads to, or the value."""
    consumer = stack("Consumer", {"Resources": {"User": {"Type": "T", "Properties": {"Topic": raw}}}, **body}, region)
    assembly = Assembly([consumer, *others])
    place = next(user for user in assembly.of_type("T") if user.stack is consumer).at("Topic")
    target = place.target("AWS::SNS::Topic")
    return target.stack.name if target else place.value


IMPORT = {"Fn::ImportValue": "topic"}


def test_exports() -> None:
    assert led_to(IMPORT, stack("A", EXPORTS)) == "A"
    assert led_to({"Fn::ImportValue": {"Fn::Sub": "to${x}"}}, stack("A", EXPORTS)) is UNKNOWN
    assert led_to({"Fn::ImportValue": {"Fn::Join": ["", ["to", "pic"]]}}, stack("A", EXPORTS)) == "A"


@pytest.mark.parametrize(
    ("region", "account", "found"),
    [
        ("eu-west-1", "1", "A"),
        ("", "", "A"),
        ("us-east-1", "1", UNKNOWN),
        ("eu-west-1", "2", UNKNOWN),
    ],
)
def test_exports_stay_in_their_region_and_account(region: str, account: str, found: Value) -> None:
    assert led_to(IMPORT, stack("A", EXPORTS, region, account)) == found


def test_a_name_that_two_stacks_export() -> None:
    assert led_to(IMPORT, stack("A", EXPORTS), stack("B", EXPORTS)) is UNKNOWN
    assert led_to(IMPORT, stack("A", EXPORTS), stack("B", EXPORTS, "us-east-1")) == "A"
    output = {"Value": "other", "Export": {"Name": "topic"}}
    twice = EXPORTS | {"Outputs": {**EXPORTS["Outputs"], "Other": output}}
    assert led_to(IMPORT, stack("A", twice)) is UNKNOWN
    never = EXPORTS | NEVER | {"Outputs": {**EXPORTS["Outputs"], "Other": output | {"Condition": "Never"}}}
    assert led_to(IMPORT, stack("A", never)) == "A"


@pytest.mark.parametrize("output", [{"Export": {"Name": "topic"}}, "A", None])
def test_an_output_that_says_nothing(output: Any) -> None:
    empty = stack("A", {"Outputs": {"Topic": output}})
    assert led_to(IMPORT, empty) is UNKNOWN
    assert empty.output("Topic") is None


def test_exports_that_lead_in_a_circle() -> None:
    outputs = {
        f"O{index}": {
            "Value": {"Fn::ImportValue": f"e{index + 1}"},
            "Export": {"Name": {"Fn::ImportValue": f"e{index}"}},
        }
        for index in range(30)
    }
    circle = {"Outputs": outputs | {"Last": {"Value": {"Fn::ImportValue": "last"}, "Export": {"Name": "last"}}}}
    assert led_to({"Fn::ImportValue": "last"}, stack("A", circle)) is UNKNOWN


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"StackName": "A", "OutputName": "Arn"}, "A"),
        ({"StackName": "A", "OutputName": "Arn", "Region": "us-east-1"}, "A"),
        ({"StackName": "A", "OutputName": "Arn", "Region": {"Ref": "Open"}}, "A"),
        ({"StackName": "A", "OutputName": "Arn", "Region": "eu-west-1"}, UNKNOWN),
        ({"StackName": "A", "OutputName": "None"}, UNKNOWN),
        ({"StackName": "None", "OutputName": "Arn"}, UNKNOWN),
        ({"StackName": {"Ref": "Open"}, "OutputName": "Arn"}, UNKNOWN),
        ({"OutputName": "Arn"}, UNKNOWN),
        ("A.Arn", UNKNOWN),
    ],
    ids=repr,
)
def test_outputs_of_other_stacks(asked: Any, found: Value) -> None:
    assert led_to({"Fn::GetStackOutput": asked}, stack("A", EXPORTS, "us-east-1")) == found


def test_outputs_of_two_stacks_of_one_name() -> None:
    asked = {"Fn::GetStackOutput": {"StackName": "A", "OutputName": "Arn"}}
    assert led_to(asked, stack("A", EXPORTS), stack("A", EXPORTS, "us-east-1")) is UNKNOWN


def written(value: Any, name: str = "A", account: str = "1") -> Stack:
    writer = {"Type": "Custom::CrossRegionExportWriter", "Properties": {"WriterProps": {"exports": {"/a": value}}}}
    return stack(name, {"Resources": {**TOPIC["Resources"], "Writer": writer}}, "us-east-1", account)


@pytest.mark.parametrize(
    ("writers", "found"),
    [
        ([written({"Ref": "Topic"})], "A"),
        ([written({"Ref": "Topic"}), written({"Ref": "Topic"}, "B", account="2")], "A"),
        ([written([{"Ref": "Topic"}])], UNKNOWN),
    ],
)
def test_readers_of_another_region(writers: list[Stack], found: Value) -> None:
    assert read_from(writers) == found


def test_readers_of_what_nobody_or_more_than_one_wrote() -> None:
    for writers in ([], [written({"Ref": "Topic"}), written({"Ref": "Topic"}, "B")]):
        value = read_from(writers)
        assert isinstance(value, Reference)
        assert value.resource.logical_id == "Reader"


def read_from(writers: list[Stack]) -> Value:
    raw = {"Fn::GetAtt": ["Reader", "/a"]}
    user = {"Type": "T", "Properties": {"Topic": raw}}
    reader = {"Type": "Custom::CrossRegionExportReader"}
    return led_to(raw, *writers, Resources={"User": user, "Reader": reader})


def test_outputs_that_lead_in_circles_are_followed_once() -> None:
    names = [f"e{index}" for index in range(300)]
    value = {"Fn::Join": ["", [{"Fn::ImportValue": name} for name in names[:9]]]}
    many = stack("A", {"Outputs": {name: {"Value": value, "Export": {"Name": name}} for name in names}})
    Assembly([many])
    began = time.process_time()
    for name in names:
        assert not isinstance(many.resolve({"Fn::ImportValue": name})[1], str)
    assert time.process_time() - began < 3


def test_outputs_of_nested_stacks() -> None:
    parent = stack(
        "Parent",
        {
            "Resources": {
                "Nested": {"Type": "AWS::CloudFormation::Stack"},
                **{
                    f"User{name}": {"Type": "T", "Properties": {"Topic": {"Fn::GetAtt": ["Nested", f"Outputs.{name}"]}}}
                    for name in ("Arn", "Many", "Loop", "None")
                },
            }
        },
    )
    outputs = {
        "Arn": {"Value": {"Ref": "Topic"}},
        "Many": {"Value": [{"Ref": "Topic"}, [{"Ref": "Topic"}]]},
        "Loop": {"Value": {"Ref": "Loop"}},
    }
    child = stack(
        "Parent/Nested",
        TOPIC | {"Outputs": outputs, "Parameters": {"Loop": {"Type": "String"}}},
        nested_in=(parent, "Nested"),
    )
    parent.template["Resources"]["Nested"]["Properties"] = {
        "Parameters": {"Loop": {"Fn::GetAtt": ["Nested", "Outputs.Loop"]}}
    }
    assembly = Assembly([parent, child])
    arn, many, loop, none = (user.at("Topic") for user in assembly.of_type("T"))
    assert arn.target() is child.resources["Topic"]
    assert [item.target() for item in many.items] == [child.resources["Topic"], None]
    assert [item.value for item in many.items][1] is UNKNOWN
    assert loop.value is UNKNOWN
    assert none.target() is parent.resources["Nested"]
