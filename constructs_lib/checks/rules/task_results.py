"""Who may tell a waiting workflow how its task ended."""

import re
from collections import defaultdict
from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.model.values import Text
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.operations import Operation
from constructs_lib.checks.views.statement import Statement

_DECISIONS = ("states:SendTaskSuccess", "states:SendTaskFailure")
_RESULTS = (*_DECISIONS, "states:SendTaskHeartbeat")
_BY_NAME = re.compile(r"states:send(?!taskheartbeat$)", re.IGNORECASE)
_SAFE = {"GET", "HEAD"}
_DIRECT = re.compile(r":states:action/SendTask(Success|Failure)$")


@rule(
    "SFN-5",
    ERROR,
    "Following a link does not decide",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-human-approval.html",
)
def deciding_links(assembly: Assembly) -> Iterator[Problem]:
    """Mail scanners, chat previews and browsers follow links, so a ``GET`` that ends a task approves by itself.

    A function is taken to decide if its role may send task success or failure, by the action's name, and if it answers
    ``GET`` or ``HEAD`` and no other method: one that answers ``POST`` or ``ANY`` too may well decide there, and one
    with all of ``states:*`` may only ask how a workflow is doing. A method that calls the action without a function
    decides. A function or a role of another app is no finding.
    """
    tellers = _tellers(assembly)
    answers: dict[Resource, list[Operation]] = defaultdict(list)
    for operation in assembly.operations:
        if operation.verb in _SAFE and _is_direct(operation):
            yield operation.place.problem(
                f"{operation.name} ends a task of a workflow for whoever follows a link",
                fix="Decide by POST alone.",
            )
        function = operation.function
        if function in tellers:
            answers[function].append(operation)
    for function, asked in answers.items():
        if all(operation.verb in _SAFE for operation in asked):
            for operation in asked:
                yield operation.place.problem(
                    f"{operation.name} is answered by {function.name}, which may end tasks of workflows: "
                    "whatever follows the link decides",
                    fix="Let GET show the question, and decide by POST.",
                )


def _tellers(assembly: Assembly) -> set[Resource]:
    """The functions that may decide, by the name of the action."""
    roles = assembly.rights.roles_that_may(*_DECISIONS)
    named = {role for role, statements in roles.items() if any(map(_names_decisions, statements))}
    return {
        function
        for function in assembly.of_type("AWS::Lambda::Function")
        if assembly.rights.role_of(function.at("Role")) in named
    }


def _names_decisions(statement: Statement) -> bool:
    return any(_BY_NAME.match(action.text or "") for action in statement.actions)


def _is_direct(operation: Operation) -> bool:
    value = operation.address.value
    address = value.pattern if isinstance(value, Text) else value
    return isinstance(address, str) and bool(_DIRECT.search(address))


@rule(
    "SFN-6",
    WARNING,
    "Results of tasks are sent to named state machines",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html",
)
def any_task(assembly: Assembly) -> Iterator[Problem]:
    """Whoever may end the tasks of all state machines ends those of the next one too: here by a token that leaked.

    Found are statements that name such actions on all resources without a condition, where a state machine is in the
    templates and so could be named. A resource or an action that only the deployment knows is no finding.
    """
    if not assembly.of_type("AWS::StepFunctions::StateMachine"):
        return
    for statements in assembly.rights.roles_that_may(*_RESULTS).values():
        for statement in statements:
            texts = [action.text or "" for action in statement.actions]
            named = [text for text in texts if text.lower().startswith("states:sendtask")]
            everywhere = [each for each in statement.resources.items if each.text == "*"]
            if named and everywhere and statement.condition.missing:
                yield everywhere[0].problem(
                    f"{everywhere[0].resource.name} allows {', '.join(named)} on every state machine",
                    fix="Name the ARN of the state machine that waits.",
                )
