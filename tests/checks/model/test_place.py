"""Places: what rules are told of a value."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.model.values import UNKNOWN


def place(value: Any, **body: Any) -> Place:
    """Give the place of a property in a template."""
    user = {"Type": "T", "Properties": {"It": value}}
    topic = {"Type": "AWS::SNS::Topic"}
    stack = Stack("Stack", {**body, "Resources": {"User": user, "Topic": topic, **body.get("Resources", {})}})
    return Assembly([stack]).of_type("T")[0].at("It")


OPEN = {"Ref": "Open"}
TOPIC = {"Ref": "Topic"}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *((5, 5), (0, 0), (-1.5, -1.5), ("5", 5.0), (" 5 ", 5.0), ("1e3", 1000.0)),
        *(
            (value, None)
            for value in [True, "", "x", "nan", "inf", float("inf"), 10**400, "9" * 400, None, [], {}, OPEN]
        ),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_numbers(value: Any, number: float | None) -> None:
    assert place(value).number == number


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        *((True, True), (False, False), ("true", True), ("False", False)),
        *((value, None) for value in ["yes", "", 1, 0, None, [], {}, OPEN]),
    ],
    ids=repr,
)
def test_flags(value: Any, flag: bool | None) -> None:
    assert place(value).flag is flag


def test_texts() -> None:
    assert place("a").text == "a"
    for value in (5, True, None, OPEN, TOPIC, {"Fn::Sub": "a${Topic}"}, "{{resolve:ssm:/a}}"):
        assert place(value).text is None
        assert place({"a": value, "b": "c"}).text_at("a") is None
    assert place({"a": "b", "c": "d"}).text_at("a") == "b"
    assert place({"a": {"Fn::Join": ["", ["b", "c"]]}, "d": "e"}).text_at("a") == "bc"
    assert place(OPEN).text_at("a") is None


@pytest.mark.parametrize(
    ("value", "known"),
    [("a", "a"), ({"Fn::Sub": "a${Topic}b"}, "ab"), (OPEN, ""), (TOPIC, ""), (5, ""), (None, "")],
    ids=repr,
)
def test_what_is_known_of_a_text(value: Any, known: str) -> None:
    assert place(value).known_text == known


@pytest.mark.parametrize(
    ("value", "is_known"),
    [(["a", TOPIC], True), ([], True), (None, True), ("a", True), (OPEN, False), (["a", OPEN], False)],
    ids=repr,
)
def test_whether_a_list_is_known(value: Any, is_known: bool) -> None:
    assert place(value).is_list_known is is_known


@pytest.mark.parametrize(
    ("value", "items"),
    [
        (["a", None, {"Ref": "AWS::NoValue"}, OPEN], ["a", UNKNOWN]),
        ("a", ["a"]),
        (0, [0]),
        ([], []),
        (None, []),
        (OPEN, []),
    ],
    ids=repr,
)
def test_items(value: Any, items: list[Any]) -> None:
    assert [item.value for item in place(value).items] == items


def test_entries() -> None:
    assert [(name, entry.value) for name, entry in place({"a": 1, "b": OPEN}).entries] == [("a", 1), ("b", UNKNOWN)]
    assert place(["a"]).entries == []
    assert place({1: "a", 2: "b"}).entries == []


def test_what_is_missing() -> None:
    assert place(None).missing
    assert place({"a": 1}).at("b").missing
    assert place({"a": 1}).at("b", "c").missing
    assert place({"Ref": "AWS::NoValue"}).missing
    assert place({1: "a", 2: "b"}).at("c").missing
    assert place({"Fn::Transform": {}, "a": 1}).at("a").value == 1
    values: list[Any] = [OPEN, TOPIC, [], "x", {"Fn::Transform": {}, "a": 1}]
    for value in values:
        assert not place(value).at("b").missing


@pytest.mark.parametrize(
    "body",
    [
        {"Transform": "Custom"},
        {"Transform": ["AWS::LanguageExtensions", "Custom"]},
        {"Transform": {"Name": "AWS::Include"}},
        {"Fn::Transform": {"Name": "AWS::Include"}},
        {"Resources": {"Fn::ForEach::Queues": ["Q", ["a"], {}]}},
        {"Resources": {"Fn::Transform": {"Name": "AWS::Include"}}},
    ],
    ids=repr,
)
def test_nothing_is_missing_where_the_deployment_may_add_it(body: dict[str, Any]) -> None:
    assert place({"a": 1}, **body).at("b").value is UNKNOWN


@pytest.mark.parametrize(
    "transform", ["AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16"]
)
def test_transforms_that_add_no_property(transform: str) -> None:
    assert place({"a": 1}, Transform=transform).at("b").missing
    assert place({"a": 1}, Transform=[transform]).at("b").missing


def test_names_that_are_no_texts() -> None:
    found = place({1: "a"}, Resources={1: {"Type": "T"}})
    assert found.value == {1: "a"}
    assert list(found.resource.stack.resources) == ["User", "Topic"]


@pytest.mark.parametrize("condition", [["Never"], {"Ref": "Never"}, 1, None])
def test_a_condition_that_is_no_name(condition: Any) -> None:
    found = place("a", Resources={"Queue": {"Type": "AWS::SQS::Queue", "Condition": condition}})
    assert "Queue" in found.resource.stack.resources


def test_references() -> None:
    value = {"a": [TOPIC, {"b": {"Fn::Sub": "x${Topic.TopicName}"}}, OPEN], "c": "d"}
    assert sorted(reference.attribute for reference in place(value).references()) == ["", "TopicName"]
    assert [place(TOPIC).target(*types) is not None for types in ((), ("AWS::SNS::Topic",))] == [True, True]
    assert place(TOPIC).target("AWS::SQS::Queue") is None
    assert place("Topic").target() is None


def test_locations_are_json_pointers() -> None:
    found = place({"a/b": [{"c~d": 1}]}).at("a/b").items[0].at("c~d")
    assert found.location == "/Resources/User/Properties/It/a~1b/0/c~0d"
    assert found.resource.beside.at("DeletionPolicy").location == "/Resources/User/DeletionPolicy"


def test_nobody_is_led_in_for_ever() -> None:
    value: Any = "x"
    for _ in range(900):
        value = [value]
    found, depth = place(value), 0
    while isinstance(found.value, list):
        found, depth = found.items[0], depth + 1
    assert found.value is UNKNOWN
    assert depth < 100
