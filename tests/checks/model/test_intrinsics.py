"""Intrinsic functions: what a template alone decides, and what only the deployment knows."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.model.values import UNKNOWN, Reference, Text, Value

BODY: dict[str, Any] = {
    "Parameters": {
        "Size": {"Type": "Number", "Default": 64},
        "Name": {"Type": "String", "Default": "orders"},
        "Free": {"Type": "String"},
        "Ids": {"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1, subnet-2"},
        "Long": {"Type": "String", "Default": "x" * 1_000},
    },
    "Mappings": {
        "Sizes": {
            "eu-west-1": {"Size": 128, "Zones": ["a", "b"]},
            "odd": {"Size": {"Fn::FindInMap": ["Sizes", "odd", "Size"]}, "List": [["a"]]},
        }
    },
    "Conditions": {
        "Always": {"Fn::Equals": ["a", "a"]},
        "Never": {"Fn::Equals": ["a", "b"]},
        "Open": {"Fn::Equals": [{"Ref": "Free"}, "a"]},
    },
    "Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}, "Queue": {"Type": "AWS::SQS::Queue"}},
}


def stack(**where: Any) -> Stack:
    made = Stack("Orders", BODY, **{"region": "eu-west-1", "account": "111111111111", **where})
    Assembly([made])
    return made


def resolved(raw: Any, **where: Any) -> Value:
    """Give a value, with references as ``<Table.Arn>`` and what is not known as ``?``."""
    value = stack(**where).resolve(raw)[1]
    if isinstance(value, Text):
        return "".join(map(_shown, value.parts))
    return [_shown(each) for each in value] if isinstance(value, list) else _shown(value)


def _shown(part: Value) -> Any:
    if isinstance(part, Reference):
        return f"<{part.resource.logical_id}{'.' if part.attribute else ''}{part.attribute}>"
    return "?" if part is UNKNOWN else part


TABLE = {"Ref": "Table"}
ARN = {"Fn::GetAtt": ["Table", "Arn"]}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        # Ref
        (TABLE, "<Table>"),
        ({"Ref": "Size"}, 64),
        ({"Ref": "Free"}, "?"),
        ({"Ref": "Nothing"}, "?"),
        ({"Ref": ["Table"]}, "?"),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "111111111111"),
        ({"Ref": "AWS::StackName"}, "Orders"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackId"}, "?"),
        # Fn::GetAtt
        (ARN, "<Table.Arn>"),
        ({"Fn::GetAtt": "Table.Stream.Arn"}, "<Table.Stream.Arn>"),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, "?"),
        ({"Fn::GetAtt": ["Table"]}, "?"),
        ({"Fn::GetAtt": ["Table", TABLE]}, "?"),
        # Fn::Sub
        ({"Fn::Sub": "a"}, "a"),
        ({"Fn::Sub": "${Name}"}, "orders"),
        ({"Fn::Sub": "${Table}"}, "<Table>"),
        ({"Fn::Sub": "${Table.Arn}/index/*"}, "<Table.Arn>/index/*"),
        ({"Fn::Sub": "${!Name}-${Name}-${Size}-${Free}"}, "${Name}-orders-64-?"),
        ({"Fn::Sub": "arn:${AWS::Partition}:${AWS::Region}:${Table}"}, "arn:aws:eu-west-1:<Table>"),
        ({"Fn::Sub": ["${Name}${x}${a.b}", {"Name": "mine", "x": ARN, "a.b": "dot"}]}, "mine<Table.Arn>dot"),
        ({"Fn::Sub": ["${Name}", {}]}, "orders"),
        ({"Fn::Sub": ["${Name}"]}, "?"),
        ({"Fn::Sub": ["${Name}", "x"]}, "?"),
        ({"Fn::Sub": 5}, "?"),
        ({"Fn::Sub": "$Name { } ${}"}, "$Name { } ?"),
        # Fn::Join
        ({"Fn::Join": ["/", ["a", TABLE, 5, True, 1.5]]}, "a/<Table>/5/true/1.5"),
        ({"Fn::Join": [",", {"Ref": "Ids"}]}, "subnet-1,subnet-2"),
        ({"Fn::Join": ["", []]}, ""),
        ({"Fn::Join": ["", ["", "a", ["b"]]]}, "a?"),
        ({"Fn::Join": ["", {"Ref": "Free"}]}, "?"),
        ({"Fn::Join": [TABLE, ["a", "b"]]}, "?"),
        ({"Fn::Join": ["a"]}, "?"),
        # Fn::Split and Fn::Select
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::Split": [",", {"Fn::Join": [",", [TABLE, "b", ARN]]}]}, ["<Table>", "b", "<Table.Arn>"]),
        ({"Fn::Split": [",", {"Fn::Sub": "${Free},a"}]}, "?"),
        ({"Fn::Split": [":", {"Fn::Sub": "a:${Table.Arn}"}]}, "?"),
        ({"Fn::Split": [",", {"Fn::GetAtt": ["Queue", "Outputs.Ids"]}]}, "?"),
        ({"Fn::Split": ["", "a"]}, "?"),
        ({"Fn::Select": [1, ["a", TABLE]]}, "<Table>"),
        ({"Fn::Select": ["1", {"Ref": "Ids"}]}, "subnet-2"),
        ({"Fn::Select": [2, {"Ref": "Ids"}]}, "?"),
        ({"Fn::Select": [-1, ["a"]]}, "?"),
        ({"Fn::Select": [True, ["a", "b"]]}, "?"),
        ({"Fn::Select": ["9" * 5_000, ["a"]]}, "?"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "?"),
        # Fn::If
        ({"Fn::If": ["Always", "a", TABLE]}, "a"),
        ({"Fn::If": ["Never", "a", TABLE]}, "<Table>"),
        ({"Fn::If": ["Open", "a", "b"]}, "?"),
        ({"Fn::If": ["Open", TABLE, TABLE]}, "<Table>"),
        ({"Fn::If": ["Open", ["a"], ["a"]]}, "?"),
        ({"Fn::If": ["Nothing", "a", "b"]}, "?"),
        ({"Fn::If": ["Always", "a"]}, "?"),
        # Fn::FindInMap
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Size"]}, 128),
        ({"Fn::FindInMap": ["Sizes", "eu-west-1", "Zones"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Sizes", "eu-west-9", "Size"]}, "?"),
        ({"Fn::FindInMap": ["Sizes", "eu-west-9", "Size", {"DefaultValue": {"Ref": "Size"}}]}, 64),
        ({"Fn::FindInMap": ["Sizes", "eu-west-1", "Size", {"DefaultValue": 5}]}, 128),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Free"}, "Size", {"DefaultValue": 5}]}, "?"),
        ({"Fn::FindInMap": ["Sizes", "eu-west-1"]}, "?"),
        ({"Fn::FindInMap": ["Sizes", "odd", "Size"]}, "?"),
        ({"Fn::FindInMap": ["Sizes", "odd", "List"]}, ["?"]),
        # what is looked up when the stack is deployed
        ("{{resolve:ssm:/size}}", "?"),
        ("arn:{{resolve:ssm:/a}}:b", "arn:?:b"),
        ({"Fn::Join": ["", ["{{resolve:ssm:", "/a}}"]]}, "?"),
        ({"Fn::Sub": "{{resolve:secretsmanager:${Table}:x}}"}, "{{resolve:secretsmanager:<Table>:x}}"),
        # functions that only the deployment answers, and what is none
        ({"Fn::GetAZs": ""}, "?"),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, "?"),
        ({"Fn::Base64": "a"}, "?"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "?"),
        ({"Fn::ForEach::Queue": ["Q", ["a"], {}]}, "?"),
        ({"Fn::ImportValue": "nobody-exports-it"}, "?"),
        ({"Condition": "Always"}, {"Condition": "Always"}),
        ({"Ref": "Table", "More": 1}, {"Ref": "Table", "More": 1}),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_value(raw: Any, value: Any) -> None:
    assert resolved(raw) == value


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "?"),
        ("", "?", "?"),
    ],
)
def test_partitions(region: str, partition: str, suffix: str) -> None:
    assert resolved({"Ref": "AWS::Partition"}, region=region) == partition
    assert resolved({"Ref": "AWS::URLSuffix"}, region=region) == suffix


@pytest.mark.parametrize("name", ["Region", "AccountId", "StackName"])
def test_a_place_that_is_not_known(name: str) -> None:
    assert resolved({"Ref": f"AWS::{name}"}, region="", account="", is_named=False) == "?"


def test_a_piece_of_an_arn_still_names_its_resource() -> None:
    piece = {"Fn::Select": [5, {"Fn::Split": [":", ARN]}]}
    assert resolved(piece) == "?<Table.Arn>"


def test_what_grows_with_each_turn_does_not_grow_for_ever() -> None:
    """Each turn would double the text, or the work."""
    raw: Any = "x"
    for _ in range(60):
        raw = {"Fn::Sub": ["${a}${a}", {"a": raw}]}
    assert set(resolved(raw)) == {"?"}
    assert resolved({"Fn::Sub": "${Long}" * 2_000}) == "?"
    assert len(resolved({"Fn::Sub": "${Long}" * 900})) == 900_000


def test_a_variable_is_followed_once() -> None:
    raw: Any = "x"
    for _ in range(15):
        raw = {"Fn::Sub": ["${a}${a}", {"a": raw}]}
    assert resolved(raw) == "x" * 2**15


def test_what_is_nested_too_deep_is_not_known() -> None:
    raw: Any = "x"
    for _ in range(100):
        raw = {"Fn::Select": [0, [raw]]}
    assert resolved(raw) == "?"


def test_what_takes_more_work_with_each_turn_is_not_known() -> None:
    """A piece of a text that is open is followed twice: once for the piece, and once for whom it names."""
    raw: Any = {"Ref": "Free"}
    for _ in range(25):
        raw = {"Fn::Select": [0, {"Fn::Split": [",", raw]}]}
    assert resolved(raw) == "?"
