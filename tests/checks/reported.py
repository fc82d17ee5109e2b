"""Examinations to report on."""

from dataclasses import replace
from pathlib import Path

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.report.whereabouts import Whereabouts
from constructs_lib.checks.rules import documented_rules

FINDING = Finding(
    rule="LAMBDA-1",
    severity=ERROR,
    stack="Desk",
    logical_id="Resize",
    construct_path="Desk/Resize/Resource",
    location="/Resources/Resize/Properties/MemorySize",
    message="Desk/Resize has 64 MiB of memory",
    fix="Give it 128 to 10240 MiB.",
    source="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    file="",
)
WARNED = replace(FINDING, severity=WARNING, stack="Other")
TEMPLATE = """\
Resources:
  Resize:
    Type: AWS::Lambda::Function
    Properties:
      MemorySize: 64
"""


def examined(*findings: Finding, acknowledged: tuple[Finding, ...] = ()) -> Examination:
    return Examination(
        list(documented_rules()),
        stacks=2,
        resources=7,
        findings=list(findings),
        acknowledged=[(each, "it is right here") for each in acknowledged],
    )


def in_file(folder: Path, finding: Finding = FINDING, name: str = "desk.yaml") -> Finding:
    """Put a finding into a template that is there."""
    (folder / name).write_text(TEMPLATE)
    return replace(finding, file=str(folder / name))


def hostile(text: str) -> Finding:
    """Say something in every name that a template gives."""
    return replace(
        FINDING,
        stack=text,
        logical_id=text,
        construct_path=text,
        location=f"/Resources/{text}/Properties/{text}",
        message=f"{text} is wrong",
        fix=f"Mend {text}.",
    )


def around(folder: Path) -> Whereabouts:
    return Whereabouts(folder)
