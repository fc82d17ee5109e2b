"""Which rules there are: the library's, those of other packages, a user's own."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from constructs_lib import InvalidArgument
from constructs_lib.checks.judgement import judge
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import WARNING
from constructs_lib.checks.registry import all_rules
from constructs_lib.checks.rule import Rule, rule
from constructs_lib.checks.rules import documented_rules
from tests.checks.judged import stack

Install = Callable[..., None]

RULE = """
from constructs_lib.checks.rule import rule
from constructs_lib.checks.model.severity import WARNING

@rule("ACME-1", WARNING, "Queues have our prefix", source="https://wiki.example.com/queues")
def queue_names(assembly):
    '''Bills are split by prefix.'''
    return []

rules = [queue_names]
nothing = []
number = 7
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install packages that bring rules, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(code: str = RULE, **entries: str) -> None:
        (tmp_path / "acme_rules.py").write_text(code)
        folder = tmp_path / "acme-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
        (folder / "entry_points.txt").write_text(f"[constructs_lib.checks]\n{lines}")

    yield install
    sys.modules.pop("acme_rules", None)


def made(id: str) -> Rule:
    @rule(id, WARNING, "Mine", source="https://wiki.example.com")
    def mine(assembly: Assembly) -> Iterator[Problem]:
        """Because."""
        yield from ()

    return mine


def ids() -> list[str]:
    return [each.id for each in all_rules().rules]


def test_the_documented_rules_are_there() -> None:
    assert all_rules().rules == tuple(documented_rules())
    assert all_rules().broken == {}


@pytest.mark.parametrize("value", ["acme_rules", "acme_rules:queue_names", "acme_rules:rules"])
def test_an_entry_point_is_a_rule_a_list_or_a_module(install: Install, value: str) -> None:
    install(acme=value)
    assert ids()[-1] == "ACME-1"


def test_two_entry_points_may_bring_one_rule(install: Install) -> None:
    install(one="acme_rules:queue_names", all="acme_rules:rules")
    assert ids().count("ACME-1") == 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("acme_rules:absent", "AttributeError"),
        ("no_such_module", "ModuleNotFoundError"),
        ("acme_rules:nothing", "must bring rules"),
        ("acme_rules:number", "TypeError"),
        ("acme_rules:RULES.x.y", "AttributeError"),
    ],
)
def test_a_broken_entry_point_is_told_and_the_others_load(install: Install, value: str, why: str) -> None:
    install(broken=value, fine="acme_rules:queue_names")
    registry = all_rules()
    assert registry.rules[-1].id == "ACME-1"
    assert list(registry.broken) == ["broken"]
    assert why in registry.broken["broken"]


def test_code_that_fails_when_it_is_loaded_is_told(install: Install) -> None:
    install("1/0", acme="acme_rules")
    assert all_rules().broken == {"acme": "ZeroDivisionError: division by zero"}


def test_rules_of_ones_own() -> None:
    mine = made("ACME-2")
    assert all_rules([mine, mine]).rules[-1] is mine


def test_the_rule_of_the_docs_judges() -> None:
    page = (Path(__file__).parents[2] / "docs" / "checks.md").read_text("utf-8")
    (code,) = [each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "@rule(" in each]
    namespace: dict[str, Rule] = {}
    exec(code, namespace)
    wrong, right = (
        stack({"Resources": {"Work": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}})
        for name in ("work", {"Ref": "Name"})
    )
    (finding,) = judge(Assembly([wrong]), [namespace["queue_names"]]).findings
    assert (finding.rule, finding.message) == ("ACME-1", "the queue Work is called work")
    assert judge(Assembly([right]), [namespace["queue_names"]]).findings == []


def test_an_id_is_given_once(install: Install) -> None:
    taken = next(documented_rules()).id
    with pytest.raises(InvalidArgument, match=f"id must be given to one rule only, got '{taken}'"):
        all_rules([made(taken)])
    install(acme="acme_rules:queue_names")
    with pytest.raises(InvalidArgument, match="one rule only, got 'ACME-1'"):
        all_rules([made("ACME-1")])


@pytest.mark.parametrize("id", ["acme-1", "ACME", "ACME-", "ACME-01", "ACME-1b", "ACME::1", "AC ME-1", ""])
def test_an_id_can_be_told_from_those_of_packs(id: str) -> None:
    with pytest.raises(InvalidArgument, match="letters and a number"):
        all_rules([made(id)])


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="made by @rule"):
        all_rules([print])  # type: ignore[list-item]
