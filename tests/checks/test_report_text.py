"""The report for people."""

from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.checks.report.text import render
from tests.checks.reported import FINDING, WARNED, around, examined, hostile, in_file


def test_a_finding_is_told_with_all_that_helps(tmp_path: Path) -> None:
    report = render(examined(in_file(tmp_path), WARNED, acknowledged=(FINDING,)), around(tmp_path))
    assert report.startswith("Other\n\n  warning LAMBDA-1  Desk/Resize/Resource\n")
    assert (
        "\n\nDesk\n\n"
        "  error LAMBDA-1  Desk/Resize/Resource\n"
        "    Desk/Resize has 64 MiB of memory\n"
        "    Give it 128 to 10240 MiB.\n"
        "    desk.yaml:5 Properties/MemorySize\n"
        "    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html\n\n"
        "1 error and 1 warning in 2 stacks by "
    ) in report
    assert report.endswith(" rules, 1 acknowledged\n")


def test_findings_of_a_stack_are_together(tmp_path: Path) -> None:
    report = render(examined(FINDING, WARNED, replace(FINDING, logical_id="Other")), around(tmp_path))
    assert report.count("\n\nOther\n\n") == 1
    assert report.count("Desk\n\n") == 1


def test_nothing_was_found(tmp_path: Path) -> None:
    assert render(examined(), around(tmp_path)).startswith("no findings in 2 stacks by ")


def test_a_resource_without_a_construct_is_called_by_its_logical_id(tmp_path: Path) -> None:
    assert "  error LAMBDA-1  Resize\n" in render(examined(replace(FINDING, construct_path="")), around(tmp_path))


def test_colours_are_there_when_asked_for_only(tmp_path: Path) -> None:
    plain, coloured = (
        render(examined(FINDING, WARNED), around(tmp_path), colours=colours) for colours in (False, True)
    )
    assert "\x1b" not in plain
    assert "\x1b[31merror\x1b[0m" in coloured
    assert "\x1b[33mwarning\x1b[0m" in coloured


@pytest.mark.parametrize(
    "text",
    ["a\x1b[2Jb", "a\nb", "a\r\nb", "a\x9bb", "a\u202eb", "a\u2028b", "\ud800", "::stop-commands::x", "##[error]x"],
)
def test_text_of_a_template_is_text(tmp_path: Path, text: str) -> None:
    report = render(examined(hostile(text)), around(tmp_path))
    report.encode()
    assert all(character.isprintable() or character in "\n\u200b" for character in report)
    assert not any(line.lstrip().startswith("::") for line in report.split("\n"))
    assert "##[" not in report
    assert len(report.splitlines()) == len(render(examined(hostile("plain")), around(tmp_path)).splitlines())
