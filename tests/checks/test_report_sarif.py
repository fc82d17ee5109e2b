"""The report for code scanning."""

import json
from pathlib import Path
from typing import Any

import pytest
from sarif_kit import validation_errors

from constructs_lib.checks.reading import CannotRead
from constructs_lib.checks.report.sarif import render
from tests.checks.reported import FINDING, WARNED, around, examined, hostile, in_file


def run(report: str) -> dict[str, Any]:
    log = json.loads(report)
    assert list(validation_errors(log)) == []
    (found,) = log["runs"]
    assert isinstance(found, dict)
    return found


def test_a_finding_is_a_result_at_its_line(tmp_path: Path) -> None:
    (result,) = run(render(examined(in_file(tmp_path)), around(tmp_path)))["results"]
    assert result["ruleId"] == "LAMBDA-1"
    assert result["level"] == "error"
    assert result["message"]["text"] == "Desk/Resize has 64 MiB of memory. Give it 128 to 10240 MiB."
    (location,) = result["locations"]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "desk.yaml"}, "region": {"startLine": 5}}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "Desk/Resize/Resource", "kind": "resource"}]
    assert result["partialFingerprints"] == {"place/v1": "Desk/Resources/Resize/Properties/MemorySize"}


def test_no_path_of_the_machine_is_told(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    report = render(examined(in_file(tmp_path, name="my desk.yaml")), around(tmp_path / "here"))
    assert str(tmp_path) not in report
    assert '"../my%20desk.yaml"' in report


def test_what_was_acknowledged_is_suppressed(tmp_path: Path) -> None:
    results = run(render(examined(WARNED, acknowledged=(FINDING,)), around(tmp_path)))["results"]
    assert [each.get("suppressions") for each in results] == [
        None,
        [{"kind": "inSource", "justification": "it is right here"}],
    ]
    assert [each["level"] for each in results] == ["warning", "error"]


def test_the_rules_are_told_with_their_help(tmp_path: Path) -> None:
    examination = examined()
    rules = run(render(examination, around(tmp_path)))["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == [each.id for each in examination.rules]
    (memory,) = [each for each in rules if each["id"] == "LAMBDA-1"]
    assert memory["helpUri"] == FINDING.source
    assert memory["defaultConfiguration"] == {"level": "error"}
    assert memory["shortDescription"]["text"] == "A function has 128 to 10240 MiB of memory"
    assert memory["help"]["text"].startswith("Lambda refuses other sizes")


def test_what_could_not_judge_is_told(tmp_path: Path) -> None:
    assert run(render(examined(), around(tmp_path)))["invocations"][0]["executionSuccessful"]
    for trouble in ("broken", "unreadable"):
        examination = examined()
        if trouble == "broken":
            examination.broken["RDS-6"] = "KeyError: 'x'"
        else:
            examination.unreadable.append(CannotRead(str(tmp_path / "app.yaml"), "no YAML", 3))
        (invocation,) = run(render(examination, around(tmp_path)))["invocations"]
        assert not invocation["executionSuccessful"]
        (told,) = invocation["toolExecutionNotifications"]
        assert told["message"]["text"] in ("RDS-6 broke: KeyError: 'x'", "no YAML")
        assert str(tmp_path) not in json.dumps(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [("[x](http://evil.example)", r"\[x\](http://evil.example)"), ("{0}", "{{0}}"), ("a\x1b[2J\n", r"a\\x1b\[2J\\n")],
)
def test_text_of_a_template_is_text(tmp_path: Path, text: str, told: str) -> None:
    (result,) = run(render(examined(hostile(text)), around(tmp_path)))["results"]
    assert result["message"]["text"].startswith(f"{told} is wrong")
