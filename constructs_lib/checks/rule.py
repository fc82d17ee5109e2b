"""A rule: what it is called, what it rests on, and the function that judges by it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import cleandoc

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import Severity

Judge = Callable[[Assembly], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One documented rule.

    Attributes:
        id: stable, such as ``RDS-6``.
        severity: what its problems weigh, unless one says otherwise.
        title: the rule in one sentence, as it should be.
        source: the address of the AWS documentation that it rests on.
        judge: finds what breaks it; a small pure function over the assembly, whose docstring says why the rule is.
    """

    id: str
    severity: Severity
    title: str
    source: str
    judge: Judge

    @property
    def area(self) -> str:
        """What the rule is about, such as ``RDS``."""
        return self.id.rpartition("-")[0]

    @property
    def why(self) -> str:
        """Why the rule is, and what it takes intrinsic functions for."""
        return cleandoc(self.judge.__doc__ or "").replace("``", "`")


def rule(id: str, severity: Severity, title: str, *, source: str) -> Callable[[Judge], Rule]:
    """Make a rule of a function that yields the problems in an assembly.

    Example:
        A rule of your own, found by ``constructs-lib check`` through an entry point in the group
        ``constructs_lib.checks``::

            @rule("ACME-1", WARNING, "Queues have our prefix", source="https://wiki.example.com/queues")
            def queue_names(assembly):
                \"\"\"Bills are split by prefix.\"\"\"
                for queue in assembly.of_type("AWS::SQS::Queue"):
                    name = queue.at("QueueName")
                    if name.text is not None and not name.text.startswith("acme-"):
                        yield name.problem(f"the queue {queue.name} is called {name.text}", fix="Start it with acme-.")
    """

    def with_judge(judge: Judge) -> Rule:
        return Rule(id, severity, title, source, judge)

    return with_judge
