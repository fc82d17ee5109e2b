"""Judging an assembly by rules."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from constructs_lib.checks.finding import Finding
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.rule import Rule


@dataclass(slots=True)
class Judgement:
    """What rules found.

    Attributes:
        findings: in the order of the rules.
        broken: why a rule could not judge, by its id; the others did.
    """

    findings: list[Finding] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


def judge(assembly: Assembly, rules: Iterable[Rule]) -> Judgement:
    """Judge an assembly by each rule; a rule that breaks says so, and the others go on."""
    judgement = Judgement()
    for rule in rules:
        try:
            found = [Finding.of(rule, problem) for problem in rule.judge(assembly)]
        except Exception as error:  # whatever one rule does, the others judge
            judgement.broken[rule.id] = f"{type(error).__name__}: {error}"
        else:
            # One place may break a rule in one way only.
            judgement.findings.extend(dict.fromkeys(found))
    return judgement
