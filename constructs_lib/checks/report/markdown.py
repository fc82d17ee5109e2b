"""The report for a pull request's comment or a job's summary."""

import re
from itertools import groupby

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.report.harmless import harmless
from constructs_lib.checks.report.tally import tally
from constructs_lib.checks.report.whereabouts import Whereabouts

_MEANINGFUL = re.compile(r"[\\`*_{}\[\]()#!|<>~$]")


def render(examination: Examination, whereabouts: Whereabouts) -> str:
    """Write a table a stack."""
    by_stack = sorted(examination.findings, key=lambda each: (each.file, each.stack))
    parts = [f"**{tally(examination).capitalize()}**"]
    for (_, stack), found in groupby(by_stack, lambda each: (each.file, each.stack)):
        rows = [_row(each, whereabouts) for each in found]
        parts.append("\n".join([f"### {_plain(stack)}", "", "| | rule | where | what |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _row(finding: Finding, whereabouts: Whereabouts) -> str:
    where = f"{_plain(finding.name)}<br>{_plain(whereabouts.of(finding))}"
    rule = f"[{finding.rule}]({finding.source})"
    return f"| {finding.severity} | {rule} | {where} | {_plain(finding.message)}.<br>{_plain(finding.fix)} |"


def _plain(text: str) -> str:
    """Write text so that Markdown shows it as it is, links nothing in it and mentions nobody."""
    escaped = _MEANINGFUL.sub(lambda found: f"\\{found[0]}", harmless(text).replace("&", "&amp;"))
    # GitHub finds names and addresses in any text; a word joiner after their marks hides them from it.
    return escaped.replace("@", "@&#8288;").replace("://", ":&#8288;//").replace("www.", "www&#8288;.")
