"""Workflows that wait for an answer."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_OF_TIMEOUTS = {"States.ALL", "States.Timeout"}
_OF_HEARTBEATS = {*_OF_TIMEOUTS, "States.HeartbeatTimeout", "States.TaskFailed"}
"""``States.TaskFailed`` stands for each error but ``States.Timeout``."""


@rule(
    "SFN-1",
    ERROR,
    "A state that waits for a task token has a timeout or a heartbeat",
    source=f"{_GUIDE}/sfn-best-practices.html",
)
def endless_waits(assembly: Assembly) -> Iterator[Problem]:
    """If the token is lost, or nobody answers, such an execution hangs for a year, and nothing tells.

    A timeout of the whole state machine is enough. A definition that is not in the template, or is no JSON once its
    intrinsic functions are left open, is no finding, and nor is a timeout that only the deployment knows.
    """
    for state in assembly.workflow_states:
        is_bounded = state.is_bounded or state.sets("TimeoutSeconds") or state.sets("HeartbeatSeconds")
        if state.waits_for_token and not is_bounded:
            yield state.place.problem(
                f"the state {state.name} waits for a task token without end",
                fix="Give the state TimeoutSeconds or HeartbeatSeconds.",
            )


@rule(
    "SFN-2",
    ERROR,
    "A state that waits for a task token passes it on",
    source=f"{_GUIDE}/connect-to-resource.html#connect-wait-token",
)
def lost_tokens(assembly: Assembly) -> Iterator[Problem]:
    """Nobody can answer a task whose token they were not given, so each execution waits until it times out.

    The token is ``$$.Task.Token`` under a key that ends in ``.$``, or ``$states.context.Task.Token`` in a JSONata
    expression; the whole context object holds it too. Parameters that only the deployment knows are no finding.
    """
    for state in assembly.workflow_states:
        if state.waits_for_token and state.passes_token is False:
            token = (
                "{% $states.context.Task.Token %}" if state.is_jsonata else "$$.Task.Token, under a key that ends in .$"
            )
            yield state.place.problem(
                f"the state {state.name} waits for a task token that it passes to nobody",
                fix=f"Pass on {token}.",
            )


@rule(
    "SFN-3",
    WARNING,
    "The timeout of a state that waits for a task token is caught",
    source=f"{_GUIDE}/concepts-error-handling.html",
)
def uncaught_timeouts(assembly: Assembly) -> Iterator[Problem]:
    """Nobody answering is a normal end of waiting; uncaught, it fails the execution, and the request is forgotten.

    ``States.ALL`` and ``States.Timeout`` catch a timeout; ``States.HeartbeatTimeout`` and ``States.TaskFailed`` that of
    a heartbeat too. A state around it that catches, or a map that tolerates failures, is enough. Catchers that only the
    deployment knows are no finding.
    """
    for state in assembly.workflow_states:
        if not state.waits_for_token or state.is_caught or state.catches is None:
            continue
        has_timeout, has_heartbeat = state.sets("TimeoutSeconds"), state.sets("HeartbeatSeconds")
        answers = _OF_TIMEOUTS if has_timeout else _OF_HEARTBEATS
        if (has_timeout or has_heartbeat) and not state.catches & answers:
            yield state.place.problem(
                f"nothing catches the timeout of the state {state.name}, which waits for a task token",
                fix="Give the state a Catch of States.Timeout that leads to what should happen then.",
            )


@rule(
    "SFN-4",
    ERROR,
    "An express workflow waits for no token, job or activity",
    source=f"{_GUIDE}/choosing-workflow-type.html",
)
def express_waits(assembly: Assembly) -> Iterator[Problem]:
    """Express workflows end within five minutes and only ask for answers at once; Step Functions refuses the others.

    What runs in the express child workflows of a distributed map is judged too. A type of state machine or a resource
    that only the deployment knows is no finding.
    """
    for state in assembly.workflow_states:
        if state.is_express and state.waits:
            what = state.resource.rpartition(":")[2].strip("\0")
            yield state.place.problem(
                f"the state {state.name} waits ({what}), which express workflows cannot",
                fix="Make the workflow STANDARD, or start a standard one from it.",
            )
