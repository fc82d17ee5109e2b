"""What checks report: one breach of one rule at one place."""

from dataclasses import dataclass

from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import Severity
from constructs_lib.checks.rule import Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a rule; its fields are those of a finding in JSON.

    Attributes:
        rule: the rule's id, such as ``RDS-6``.
        severity: ``error`` or ``warning``.
        stack: the stack's name.
        logical_id: of the resource.
        construct_path: of the construct that made it; empty without CDK.
        location: where in the template, as a JSON pointer.
        message: what is wrong.
        fix: what to do.
        source: the address of the documentation.
        file: the file that the template was read from.
    """

    rule: str
    severity: Severity
    stack: str
    logical_id: str
    construct_path: str
    location: str
    message: str
    fix: str
    source: str
    file: str

    @property
    def name(self) -> str:
        """What a report calls the resource: the construct's path, or its logical id."""
        return self.construct_path or self.logical_id

    @property
    def steps(self) -> list[str]:
        """The steps from the resource to the place, such as ``["Properties", "MemorySize"]``."""
        return [step.replace("~1", "/").replace("~0", "~") for step in self.location.split("/")[3:]]

    @classmethod
    def of(cls, rule: Rule, problem: Problem) -> "Finding":
        """Write down what a rule says of a place."""
        resource = problem.place.resource
        return cls(
            rule.id,
            problem.severity or rule.severity,
            resource.stack.name,
            resource.logical_id,
            resource.construct_path,
            problem.place.location,
            problem.message,
            problem.fix,
            rule.source,
            resource.stack.file,
        )
