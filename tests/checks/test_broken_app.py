"""Each rule is met at synth, in an app whose constructs were done wrong on purpose."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.checks import add_checks
from constructs_lib.checks.rules import documented_rules
from tests.checks.broken import broken_app


@pytest.fixture(scope="module")
def violations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("broken")
    app = broken_app(folder)
    add_checks(app, nag=())
    with pytest.raises(RuntimeError, match="PatternChecks"):
        app.synth()
    reports = json.loads((folder / "out" / "validation-report.json").read_text())["pluginReports"]
    (found,) = [each["violations"] for each in reports if each["pluginName"] == "PatternChecks"]
    assert isinstance(found, list)
    yield found
    shutil.rmtree(folder)  # it holds a package of 260 MB, twice


def test_each_rule_finds_what_is_wrong(violations: list[dict[str, Any]]) -> None:
    assert {each["ruleName"] for each in violations} == {rule.id for rule in documented_rules()}


def test_each_finding_is_at_a_construct_with_a_fix(violations: list[dict[str, Any]]) -> None:
    for each in violations:
        (place,) = each["violatingConstructs"]
        assert place["constructPath"].count("/") >= 1, each
        assert place["cloudFormationResource"]["propertyPaths"], each
        assert each["suggestedFix"], each
