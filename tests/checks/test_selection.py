"""Choosing rules by id and by area."""

import pytest

from constructs_lib import InvalidArgument
from constructs_lib.checks.model.severity import ERROR
from constructs_lib.checks.rule import Rule
from constructs_lib.checks.selection import find, selected

RULES = [Rule(name, ERROR, name, "", lambda _: ()) for name in ("RDS-1", "RDS-2", "RDS-12", "API-1")]


def chosen(*, select: list[str] | None = None, ignore: list[str] | None = None) -> list[str]:
    return [rule.id for rule in selected(RULES, select=select or [], ignore=ignore or [])]


def test_all_unless_something_is_said() -> None:
    assert chosen() == ["RDS-1", "RDS-2", "RDS-12", "API-1"]


def test_ids_are_whole() -> None:
    assert chosen(select=["RDS-1"]) == ["RDS-1"]
    assert chosen(ignore=["rds-1"]) == ["RDS-2", "RDS-12", "API-1"]


def test_an_area_is_all_its_rules() -> None:
    assert chosen(select=["rds"]) == ["RDS-1", "RDS-2", "RDS-12"]
    assert chosen(select=["RDS", "API-1"], ignore=["RDS-2"]) == ["RDS-1", "RDS-12", "API-1"]


@pytest.mark.parametrize("argument", ["select", "ignore"])
def test_a_name_of_no_rule_is_refused_with_the_nearest(argument: str) -> None:
    with pytest.raises(InvalidArgument, match=f"{argument} must name a rule; is it .*RDS.*, got 'RSD'"):
        chosen(**{argument: ["RSD"]})
    with pytest.raises(InvalidArgument, match="must name a rule, got 'xyz'"):
        chosen(**{argument: ["xyz"]})


def test_a_rule_is_left_to_judge_by() -> None:
    with pytest.raises(InvalidArgument, match=r"ignore must leave a rule to judge by, got \['RDS', 'API-1'\]"):
        chosen(select=["RDS-1"], ignore=["RDS", "API-1"])


def test_a_rule_is_found_by_its_id() -> None:
    assert find(RULES, "rds-12") is RULES[2]
    with pytest.raises(InvalidArgument, match=r"is it .*RDS-1"):
        find(RULES, "RDS-3")
    with pytest.raises(InvalidArgument, match="rule must name a rule"):
        find(RULES, "RDS")
