"""The report for a comment or a summary."""

import re
from pathlib import Path

import pytest

from constructs_lib.checks.report.markdown import render
from tests.checks.reported import FINDING, WARNED, around, examined, hostile, in_file


def test_a_stack_is_a_table(tmp_path: Path) -> None:
    report = render(examined(in_file(tmp_path), WARNED), around(tmp_path))
    assert report.startswith("**1 error and 1 warning in 2 stacks by ")
    assert (
        "### Desk\n\n| | rule | where | what |\n|---|---|---|---|\n"
        "| error | [LAMBDA-1](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) "
        "| Desk/Resize/Resource<br>desk.yaml:5 Properties/MemorySize "
        "| Desk/Resize has 64 MiB of memory.<br>Give it 128 to 10240 MiB. |\n"
    ) in report
    assert "### Other\n\n" in report


@pytest.mark.parametrize(
    ("text", "dangerous"),
    [
        ("a|b", "a|b"),
        ("<img src=x onerror=1>", "<img"),
        ("[x](https://evil.example)", "[x]("),
        ("`code`", "`code"),
        ("@everyone", "@everyone"),
        ("https://evil.example", "https://evil"),
        ("www.evil.example", "www.evil"),
        ("a\n# b", "\n# b"),
        ("![x](y)", "![x]"),
        ("a\x1b[2J", "\x1b"),
        ("&lt;b&gt;", "&lt;b"),
        ("**b**", "**b"),
        ("$$x$$", "$$"),
        ("a\\", "a\\ "),
    ],
)
def test_text_of_a_template_is_text(tmp_path: Path, text: str, dangerous: str) -> None:
    report = render(examined(hostile(text)), around(tmp_path))
    table = report.partition("### ")[2].replace(FINDING.source, "")
    assert dangerous not in re.sub(r"\\\W", "", table), "but for what is escaped"
    (row,) = [line for line in table.splitlines() if line.startswith("| error")]
    assert row.replace(r"\|", "").count("|") == 5
