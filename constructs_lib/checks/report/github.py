"""The report that GitHub Actions shows beside the lines of a pull request.

Its form is that of "Workflow commands for GitHub Actions" in GitHub's documentation.
"""

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.report.harmless import harmless
from constructs_lib.checks.report.tally import tally
from constructs_lib.checks.report.whereabouts import Whereabouts


def render(examination: Examination, whereabouts: Whereabouts) -> str:
    """Write a command a finding, and a line of what came of it."""
    return "\n".join([*(_command(each, whereabouts) for each in examination.findings), tally(examination)]) + "\n"


def _command(finding: Finding, whereabouts: Whereabouts) -> str:
    properties = {
        "file": whereabouts.file(finding),
        "line": whereabouts.line(finding),
        "title": f"{finding.rule} {finding.name}",
    }
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    return f"::{finding.severity} {told}::{_data(f'{finding.message}. {finding.fix} {finding.source}')}"


def _data(text: str) -> str:
    return harmless(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
