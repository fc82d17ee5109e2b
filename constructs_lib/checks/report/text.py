"""The report that a person reads in a terminal."""

from itertools import groupby

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.model.severity import ERROR, Severity
from constructs_lib.checks.report.harmless import harmless
from constructs_lib.checks.report.tally import tally
from constructs_lib.checks.report.whereabouts import Whereabouts

_RED, _YELLOW, _GREEN, _BOLD, _FAINT, _PLAIN = (f"\x1b[{code}m" for code in (31, 33, 32, 1, 2, 0))


def render(examination: Examination, whereabouts: Whereabouts, *, colours: bool = False) -> str:
    """Write the findings by stack, and a line of what came of it."""
    return _Text(whereabouts, colours).of(examination)


class _Text:
    def __init__(self, whereabouts: Whereabouts, colours: bool) -> None:
        self._whereabouts = whereabouts
        self._colours = colours

    def of(self, examination: Examination) -> str:
        by_stack = sorted(examination.findings, key=lambda each: (each.file, each.stack))
        parts = [self._stack(list(found)) for _, found in groupby(by_stack, lambda each: (each.file, each.stack))]
        result = tally(examination)
        colour = "" if examination.findings else _GREEN
        return "\n\n".join([*parts, self._in(colour or _BOLD, result)]) + "\n"

    def _stack(self, findings: list[Finding]) -> str:
        return "\n\n".join([self._in(_BOLD, harmless(findings[0].stack)), *map(self._finding, findings)])

    def _finding(self, finding: Finding) -> str:
        return "\n".join(
            [
                f"  {self._severity(finding.severity)} {finding.rule}  {harmless(finding.name)}",
                f"    {harmless(finding.message)}",
                f"    {harmless(finding.fix)}",
                self._in(_FAINT, f"    {harmless(self._whereabouts.of(finding))}"),
                self._in(_FAINT, f"    {finding.source}"),
            ]
        )

    def _severity(self, severity: Severity) -> str:
        return self._in(_RED if severity == ERROR else _YELLOW, severity)

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._colours else text
