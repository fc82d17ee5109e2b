"""The report for programs."""

import json
from pathlib import Path

from constructs_lib.checks.reading import CannotRead
from constructs_lib.checks.report.json import render
from tests.checks.reported import FINDING, WARNED, around, examined, hostile, in_file


def test_a_finding_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    report = json.loads(render(examined(in_file(tmp_path)), around(tmp_path)))
    assert report["findings"] == [
        {
            "rule": "LAMBDA-1",
            "severity": "error",
            "stack": "Desk",
            "logical_id": "Resize",
            "construct_path": "Desk/Resize/Resource",
            "location": "/Resources/Resize/Properties/MemorySize",
            "message": "Desk/Resize has 64 MiB of memory",
            "fix": "Give it 128 to 10240 MiB.",
            "source": "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
            "file": "desk.yaml",
            "line": 5,
        }
    ]


def test_what_else_was_judged(tmp_path: Path) -> None:
    examination = examined(FINDING, WARNED, acknowledged=(FINDING,))
    examination.broken["RDS-6"] = "KeyError: 'x'"
    examination.unreadable.append(CannotRead(str(tmp_path / "app.yaml"), "no YAML", 3))
    report = json.loads(render(examination, around(tmp_path)))
    assert report["counts"] | {"rules": 0} == {
        "errors": 1,
        "warnings": 1,
        "acknowledged": 1,
        "stacks": 2,
        "resources": 7,
        "rules": 0,
    }
    assert report["counts"]["rules"] == len(examination.rules)
    assert [each["reason"] for each in report["acknowledged"]] == ["it is right here"]
    assert report["broken"] == {"RDS-6": "KeyError: 'x'"}
    assert report["unreadable"] == [{"file": "app.yaml", "line": 3, "reason": "no YAML"}]
    assert report["version"]
    assert (report["findings"][0]["file"], report["findings"][0]["line"]) == ("", None)


def test_text_of_a_template_is_text(tmp_path: Path) -> None:
    text = 'a\x1b[2J"\n::error::\ud800'
    report = render(examined(hostile(text)), around(tmp_path))
    assert report.isascii()
    assert "\x1b" not in report
    assert json.loads(report)["findings"][0]["logical_id"] == text
