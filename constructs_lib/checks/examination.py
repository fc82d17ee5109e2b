"""All that one run of the checks has to tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from constructs_lib.checks.acknowledged import Acknowledgments
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.judgement import judge
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.severity import WARNING, Severity
from constructs_lib.checks.progress import shown
from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.rule import Rule


@dataclass(slots=True)
class Examination:
    """What was judged by which rules, and what came of it.

    Attributes:
        rules: those that judged.
        stacks: how many were judged.
        resources: how many they hold.
        findings: what is to be mended.
        acknowledged: what was accepted, each with its reason.
        unexplained: findings that somebody acknowledged without a reason; they are among ``findings``.
        broken: why a rule, or an entry point, could not judge, by its name.
        unreadable: what could not be read, and so was not judged.
    """

    rules: Sequence[Rule]
    stacks: int
    resources: int
    findings: list[Finding] = field(default_factory=list)
    acknowledged: list[tuple[Finding, str]] = field(default_factory=list)
    unexplained: list[Finding] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    unreadable: list[CannotRead] = field(default_factory=list)

    def count(self, severity: Severity) -> int:
        """How many findings weigh so much."""
        return sum(finding.severity == severity for finding in self.findings)


def examine(assembly: Assembly, rules: Sequence[Rule], *, min_severity: Severity = WARNING) -> Examination:
    """Judge an assembly before whoever waits at the terminal, and set aside what was acknowledged in it.

    Args:
        assembly: what to judge.
        rules: by what.
        min_severity: findings that weigh less are not told.
    """
    judgement = judge(assembly, shown(rules, "judging"))
    examination = Examination(
        rules,
        len(assembly.stacks),
        sum(len(stack.resources) for stack in assembly.stacks),
        broken=judgement.broken,
        unreadable=[error for error in assembly.unreadable if isinstance(error, CannotRead)],
    )
    acknowledgments = Acknowledgments(assembly)
    for finding in judgement.findings:
        if min_severity != WARNING and finding.severity == WARNING:
            continue
        reason = acknowledgments.reason(finding)
        if reason:
            examination.acknowledged.append((finding, reason))
        else:
            examination.findings.append(finding)
            if reason == "":
                examination.unexplained.append(finding)
    return examination
