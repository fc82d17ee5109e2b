"""Templates in YAML: CloudFormation's short tags, YAML 1.1 as it reads it, and what is refused."""

import time
from typing import Any

import pytest
import yaml

from constructs_lib.checks.reading import yaml_text
from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.yaml_text import parse_yaml

OTHERS = [
    "And",
    "Base64",
    "Cidr",
    "FindInMap",
    "GetAZs",
    "ImportValue",
    "Length",
    "Or",
    "Select",
    "Split",
    "ToJsonString",
]


@pytest.fixture(params=["libyaml", "pure Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML comes with libyaml or without; the same is read by both."""
    loaders = {"libyaml": yaml.CSafeLoader, "pure Python": yaml.SafeLoader}
    monkeypatch.setattr(yaml_text, "_Loader", loaders[request.param])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!Ref 2024", {"Ref": "2024"}),
        ("!Condition Big", {"Condition": "Big"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt Nested.Outputs.Arn", {"Fn::GetAtt": ["Nested", "Outputs.Arn"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Sub '${A}'", {"Fn::Sub": "${A}"}),
        ("!Sub ['${A}', {A: 1}]", {"Fn::Sub": ["${A}", {"A": 1}]}),
        ("!If [Big, !Ref A, no]", {"Fn::If": ["Big", {"Ref": "A"}, False]}),
        ("!Join [',', !GetAZs '']", {"Fn::Join": [",", {"Fn::GetAZs": ""}]}),
        ("!Not [!Equals [!Ref A, x]]", {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, "x"]}]}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!GetStackOutput {StackName: a}", {"Fn::GetStackOutput": {"StackName": "a"}}),
        *((f"!{name} x", {f"Fn::{name}": "x"}) for name in OTHERS),
    ],
)
def test_short_tags(written: str, read: Any) -> None:
    assert parse_yaml(written, "t.yaml") == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2012-10-17T00:00:00Z", "2012-10-17T00:00:00Z"),
        ("012345670123", "012345670123"),
        ("0x1F", "0x1F"),
        ("22:22", "22:22"),
        ("1e3", "1e3"),
        ("+", "+"),
        (".", "."),
        (".nan", ".nan"),
        ("=", "="),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 1", "1"),
        ("|\n  12\n", "12\n"),
        ("9" * 5000, "9" * 5000),
        ("128", 128),
        ("-5", -5),
        ("1_000", 1000),
        ("0", 0),
        ("16.6", 16.6),
        (".5", 0.5),
        ("1.5e3", 1500.0),
        ("yes", True),
        ("Off", False),
        ("TRUE", True),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_values(written: str, read: Any) -> None:
    value = parse_yaml(f"a: {written}", "t.yaml")["a"]
    assert (type(value), value) == (type(read), read)


def test_keys_are_texts() -> None:
    written = "{80: a, yes: b, 2012-10-17: c, 012345678901: d, ~: e}"
    assert parse_yaml(written, "t.yaml") == {"80": "a", "yes": "b", "2012-10-17": "c", "012345678901": "d", "~": "e"}


def test_aliases_and_merge_keys() -> None:
    written = (
        "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\nd: {y: 4, <<: *a}\ne: [*a]\nf: &f 1\ng: *f"
    )
    read = parse_yaml(written, "t.yaml")
    assert read["c"] == {"x": 1, "y": 3, "z": 2}
    assert read["d"] == {"x": 1, "y": 4}
    assert read["e"] == [{"x": 1, "y": 1}]
    assert read["g"] == 1


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TALL = "a0: &a0 [x]\n" + "".join(f"a{index}: &a{index} {'[' * 50}*a{index - 1}{']' * 50}\n" for index in range(1, 10))


@pytest.mark.parametrize(
    ("written", "line", "reason"),
    [
        ("a: 1\nb: {c: 1,\n c: 2}", 3, 'the key "c" stands twice in one place'),
        ("a: 1\n---\nb: 2", 2, "it holds more than one document"),
        ("a:\n  !Reff b", 2, "the tag !Reff is none of CloudFormation's"),
        (
            "a: !!python/object/apply:os.system [x]",
            1,
            "the tag tag:yaml.org,2002:python/object/apply:os.system is none",
        ),
        ("a: !!python/name:os.system x", 1, "the tag tag:yaml.org,2002:python/name:os.system is none"),
        ("a: !!binary x", 1, "the tag tag:yaml.org,2002:binary is none"),
        ("a: &a [*a]", 1, "the alias *a stands for nothing that comes before it"),
        ("a: *b", 1, "the alias *b stands for nothing that comes before it"),
        ("? [a]\n: b", 1, "a key is no text"),
        ("!Ref a: b", 1, "a key is no text"),
        ("a: {<<: 1}", 1, "what << names is no object"),
        ("a:\n\tb: 1", 2, "it is no YAML"),
        ("a: [1\n", 2, "it is no YAML"),
        ("a: }", 1, "it is no YAML"),
        ("a: \0", None, "it is no YAML"),
        ("[" * 100_000, 1, "its values are nested more than 200 deep"),
        ("{a: " * 100_000, 1, "its values are nested more than 200 deep"),
        ("- " * 100_000, 1, "its values are nested more than 200 deep"),
        (BOMB, 6, "its aliases stand for more than 100,000 values"),
        (TALL, 5, "its values are nested more than 200 deep"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_refused(written: str, line: int | None, reason: str) -> None:
    began = time.process_time()
    with pytest.raises(CannotRead, match=reason.replace("*", r"\*")) as refused:
        parse_yaml(written, "t.yaml")
    assert refused.value.line == line
    assert time.process_time() - began < 5
    assert str(refused.value).startswith(f"cannot read t.yaml{f':{line}' if line else ''}: ")


def test_nothing_at_all() -> None:
    assert parse_yaml("# no template", "t.yaml") is None
