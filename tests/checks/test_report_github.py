"""The report for GitHub Actions."""

from dataclasses import replace
from pathlib import Path

from constructs_lib.checks.report.github import render
from tests.checks.reported import WARNED, around, examined, hostile, in_file


def test_a_finding_is_a_command(tmp_path: Path) -> None:
    error, warning, result = render(examined(in_file(tmp_path), WARNED), around(tmp_path)).splitlines()
    assert error == (
        "::error file=desk.yaml,line=5,title=LAMBDA-1 Desk/Resize/Resource::Desk/Resize has 64 MiB of memory. "
        "Give it 128 to 10240 MiB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
    )
    assert warning.startswith("::warning title=LAMBDA-1 Desk/Resize/Resource::")
    assert result.startswith("1 error and 1 warning in 2 stacks")


def test_properties_and_data_are_escaped(tmp_path: Path) -> None:
    odd = replace(in_file(tmp_path, name="a,b:c%.yaml"), message="100% of it")
    line, _ = render(examined(odd), around(tmp_path)).splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%25.yaml,line=5,")
    assert "::100%25 of it. " in line


def test_text_of_a_template_is_text(tmp_path: Path) -> None:
    report = render(examined(hostile("x\n::stop-commands::y,line=7::\x1b[2J%0A##[group]")), around(tmp_path))
    line, _ = report.splitlines()
    assert "\x1b" not in line
    properties, _, data = line.removeprefix("::error ").partition("::")
    assert properties.count(",") == 0
    assert properties.startswith("title=")
    assert "%0A" not in data
    assert "##[" not in report
