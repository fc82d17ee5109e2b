"""Templates that nobody would write: whatever stands where, each rule judges, and none breaks."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.checks.examples import example
from constructs_lib.checks.judgement import judge
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.rule import Rule
from constructs_lib.checks.rules import documented_rules
from tests.checks.judged import template

RULES = list(documented_rules())
WRITTEN = [template(example(rule.id, which)) for rule in RULES for which in ("wrong", "right")]
"""What the rules look at: mutated, it leads further into them than chance would."""

IDS = sorted({name for each in WRITTEN for name in each["Resources"]})
NAMES = ["Yes", "No", "Loop", "Size", "Many", "Ids"]
NASTY: list[Any] = [
    *("", " ", "0", "-1", "1e309", "nan", "true", "*", "arn:aws:iam::1:role/x", "${", "${!a}", "${a.b.c}", "[", "{}"),
    *("{{resolve:ssm:x}}", "\0", "\U0001f600", "0.0.0.0/0", "999.1.1.1/99", "::/0", "{", "9" * 400, "a" * 5000),
    *(None, True, False, 0, -1, 1.5, 10**30, 1e300, [], {}, [[]], [None], {"": ""}, {"a": {"b": [{}]}}),
]

scalars = st.sampled_from(NASTY) | st.integers(-10, 70_000) | st.text(max_size=5)
ids = st.sampled_from(IDS)
names = st.sampled_from([*IDS, *NAMES, "AWS::Region", "AWS::NoValue", "AWS::AccountId"])


def called(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Functions, rightly called and wrongly."""
    some = st.lists(inner, max_size=4)
    rightly = st.one_of(
        st.builds(lambda name: {"Ref": name}, names),
        st.builds(
            lambda name, attribute: {"Fn::GetAtt": [name, attribute]}, ids, st.sampled_from(["Arn", "Outputs.A"])
        ),
        st.builds(lambda name: {"Fn::Sub": f"a${{{name}}}b${{{name}.Arn}}"}, names),
        st.builds(lambda name, x: {"Fn::Sub": [f"${{x}}:${{{name}}}", {"x": x}]}, names, inner),
        st.builds(lambda items: {"Fn::Join": [":", items]}, some),
        st.builds(lambda x: {"Fn::Split": [",", x]}, inner),
        st.builds(lambda index, x: {"Fn::Select": [index, x]}, st.integers(0, 5), inner),
        st.builds(lambda name, x, y: {"Fn::If": [name, x, y]}, st.sampled_from(NAMES), inner, inner),
        st.builds(lambda x: {"Fn::FindInMap": ["Map", "a", x]}, inner),
        st.builds(lambda x: {"Fn::ImportValue": x}, inner),
        st.builds(lambda x: {"Fn::GetStackOutput": {"StackName": "Stack", "OutputName": x}}, inner),
    )
    functions = "Ref Condition Fn::GetAtt Fn::Sub Fn::Join Fn::Split Fn::Select Fn::If Fn::FindInMap Fn::ImportValue"
    more = "Fn::GetStackOutput Fn::Cidr Fn::Transform Fn::ForEach::X Fn::Equals Fn::Length"
    wrongly = st.builds(lambda name, x: {name: x}, st.sampled_from(f"{functions} {more}".split()), inner | some)
    return rightly | wrongly


# Copied, since mutations change them in turn.
values = st.recursive(scalars, lambda inner: called(inner) | st.lists(inner, max_size=3), max_leaves=6).map(deepcopy)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    """Two written templates in one, with other values in a few places, and some taken away."""
    resources: dict[str, Any] = {}
    for index in draw(st.lists(st.integers(0, len(WRITTEN) - 1), min_size=1, max_size=2)):
        resources |= deepcopy(WRITTEN[index]["Resources"])
    mutated: dict[str, Any] = {
        "Parameters": {
            "Size": {"Type": "Number", "Default": 64},
            "Ids": draw(values),
            "Many": {"Type": "List<String>"},
        },
        "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}, "Loop": {"Condition": "Loop"}, "No": draw(values)},
        "Mappings": {"Map": {"a": {"b": draw(values), "c": {"Fn::FindInMap": ["Map", "a", "c"]}}}},
        "Outputs": {"A": {"Value": draw(values), "Export": {"Name": draw(values)}}},
        "Resources": {
            **resources,
            "Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Ids": draw(values)}}},
        },
    }
    for _ in range(draw(st.integers(1, 4))):
        _mutate(draw, mutated)
    return mutated


def _mutate(draw: st.DrawFn, root: Any) -> None:
    holder = root["Resources"] if isinstance(root.get("Resources"), dict) and draw(st.integers(0, 9)) else root
    for _ in range(draw(st.integers(0, 7))):
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        inner = [key for key in keys if isinstance(holder[key], dict | list) and holder[key]]
        if not inner:
            break
        holder = holder[draw(st.sampled_from(inner))]
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    if draw(st.integers(0, 4)):
        holder[key] = draw(values)
    else:
        del holder[key]


def _broken(body: dict[str, Any], rules: list[Rule]) -> dict[str, str]:
    """Judge a template that is nested in itself."""
    stack = Stack("Stack", body, region="eu-west-1")
    return judge(Assembly([stack, Stack("Stack/Nested", body, nested_in=(stack, "Nested"))]), rules).broken


@settings(
    max_examples=2_000,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(templates())
def test_no_template_breaks_a_rule(body: dict[str, Any]) -> None:
    assert _broken(body, RULES) == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_value_breaks_a_rule(rule: Rule) -> None:
    """Whatever stands in the place of each single value that a rule's own example has."""
    body = template(example(rule.id, "wrong"))
    for holder in list(_holders(body["Resources"])):
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            before = holder[key]
            for holder[key] in NASTY:
                assert _broken(body, [rule]) == {}
            holder[key] = before


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)
