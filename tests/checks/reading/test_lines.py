"""The line of a place, in JSON and in YAML."""

import json
from typing import Any

import pytest

from constructs_lib.checks.reading.json_lines import json_spot
from constructs_lib.checks.reading.lines import Spot, line_of
from constructs_lib.checks.reading.yaml_lines import yaml_spot

BODY = {
    "Resources": {
        "Fn": {"Type": "T", "Properties": {"Tags": [{"Key": "a"}, {"Key": "b"}], "a/b~c": 1}},
        "FnTwo": {"Type": "T"},
    }
}
JSON = json.dumps(BODY, indent=1)
YAML = """\
Resources:
  Fn:
    Type: T
    Properties:
      Tags:
        - Key: a
        - {Key: b}
      a/b~c: !Sub
        - x
        - {y: 1}
  FnTwo:
    Type: !Ref T
"""


@pytest.mark.parametrize(
    ("location", "in_json", "in_yaml"),
    [
        ("", 1, 1),
        ("/Resources/Fn", 3, 2),
        ("/Resources/Fn/Properties/Tags", 6, 5),
        ("/Resources/Fn/Properties/Tags/1", 10, 7),
        ("/Resources/Fn/Properties/Tags/1/Key", 11, 7),
        ("/Resources/Fn/Properties/a~1b~0c", 14, 8),
        ("/Resources/Fn/Properties/Missing/At/All", 5, 4),
        ("/Resources/Fn/Properties/Tags/9", 6, 5),
        ("/Resources/Fn/Properties/TagsOfAll", 5, 4),
        ("/Resources/FnTwo/Type", 18, 12),
        ("/Resources/FnRole/Properties", 5, 4),
        ("/Resources/FnTwoRole", 17, 11),
        ("/Resources/Other", 2, 1),
    ],
)
def test_a_place_has_a_line(location: str, in_json: int, in_yaml: int) -> None:
    assert line_of(JSON, location) == in_json
    assert line_of(YAML, location) == in_yaml


@pytest.mark.parametrize("text", ["", "# nothing", "\0"])
def test_what_holds_nothing_has_no_lines(text: str) -> None:
    assert line_of(text, "/Resources/A") is None


@pytest.mark.parametrize(
    "text", ['{"Resources": {"A": ', "[" * 5_000, '{"a": ' * 5_000, "{a: 1,, }", "a: 1\nb: }", "? [a]\n: b\n"]
)
def test_what_is_malformed_has_the_line_of_what_comes_before(text: str) -> None:
    assert line_of(text, "/Resources/A") == 1


def test_json_on_one_line_with_tabs() -> None:
    assert line_of('{\t"Resources":{"A":{"Type":"T"}}}', "/Resources/A/Type") == 1


def told(spot: Spot | None) -> Any:
    return spot and (spot.line, {name: told(inner) for name, inner in spot.inner.items()})


@pytest.mark.parametrize(
    "text", [JSON, json.dumps(BODY), '{"a":1,"b":{"c":2}}', '\n\n{"a":\n{},\n"b": [[],\n1 ,\n{"c": "}"}]\n}\n']
)
def test_json_has_the_lines_that_it_has_as_yaml(text: str) -> None:
    assert json_spot(text) is not None
    assert told(json_spot(text)) == told(yaml_spot(text))


@pytest.mark.parametrize("text", ["", "[1]", '"a"', "a: 1", "{a: 1}", '{"a": 1', '{"a": 1,, "b": 2}'])
def test_what_is_no_json_object(text: str) -> None:
    assert json_spot(text) is None
