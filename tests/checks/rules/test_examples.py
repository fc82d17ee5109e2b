"""Each rule's own examples: the wrong one breaks this rule and no other, the right one breaks none."""

from pathlib import Path

import pytest

from constructs_lib.checks.examples import example
from constructs_lib.checks.rule import Rule
from constructs_lib.checks.rules import documented_rules
from tests.checks.judged import found
from tests.checks.laid import laid

RULES = list(documented_rules())
# Lambda@Edge is in one region only.
REGIONS = {"EDGE-2": "us-east-1", "EDGE-4": "us-east-1"}


def breaks(rule: Rule, which: str, folder: Path) -> list[str]:
    """Name the rules that an example breaks."""
    stack = laid(example(rule.id, which), folder, region=REGIONS.get(rule.id, "eu-west-1"))
    return [name for name, _ in found(stack)]


def test_ids_are_given_once() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_wrong_example_breaks_this_rule_alone(rule: Rule, tmp_path: Path) -> None:
    assert set(breaks(rule, "wrong", tmp_path)) == {rule.id}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_right_example_breaks_none(rule: Rule, tmp_path: Path) -> None:
    assert breaks(rule, "right", tmp_path) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_rule_says_why_and_where_from(rule: Rule) -> None:
    assert rule.title
    assert rule.why
    assert rule.source.startswith("https://docs.aws.amazon.com/")
