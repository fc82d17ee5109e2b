"""The step of a workflow that waits for a person."""

import re

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import APPROVAL_TIMEOUT, STEP_FUNCTIONS_STATE_NAME_LENGTH

_OUTCOMES = ("approved", "rejected", "expired")
_PATHS = "Reference paths in Step Functions"
_REFERENCE_PATH = re.compile(r"\$(\.\w+)+")
_RESULT = ("approval_id", "decision", "decided_by", "decided_at", "comment")


class ApprovalStep(sfn.StateMachineFragment):
    """Waits until a person approved or rejected, or until the time is over; made by `ApprovalDesk.step`.

    It chains like any other state. An outcome goes on where `on_approved`, `on_rejected` or `on_expired` says; the
    other outcomes go on to what follows the step. The decision is added to the state's input under ``result_path``:
    ``approval_id``, ``decision`` (``approved``, ``rejected`` or ``expired``), ``decided_by``, ``decided_at`` and
    ``comment``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        desk_workflow: sfn.IStateMachine,
        summary: str,
        timeout: Duration,
        details: str = "",
        requester: str = "",
        result_path: str = "$.approval",
    ) -> None:
        """Ask a desk; the arguments are those of `ApprovalDesk.step`."""
        require(summary, "summary", "say what is to be decided", summary, "constructs_lib.approval")
        require_within("timeout", timeout.to_seconds(integral=False), APPROVAL_TIMEOUT)
        longest_name = f"{id} {max(_OUTCOMES, key=len)}"
        require_within(
            f"the length of the state name {longest_name!r}", len(longest_name), STEP_FUNCTIONS_STATE_NAME_LENGTH
        )
        is_path = _REFERENCE_PATH.fullmatch(result_path)
        require(is_path, "result_path", "be a path into the state's input, as $.approval", result_path, _PATHS)
        super().__init__(scope, id)
        ask = tasks.StepFunctionsStartExecution(
            self,
            "Ask",
            state_name=id,
            state_machine=desk_workflow,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            associate_with_parent=True,
            input=sfn.TaskInput.from_object(
                {
                    "step": id,
                    "summary": summary,
                    "details": details,
                    "requester": requester,
                    "timeout_seconds": timeout.to_seconds(),
                }
            ),
            result_selector={name: sfn.JsonPath.string_at(f"$.Output.{name}") for name in _RESULT},
            result_path=result_path,
        )
        self._outcomes = {
            outcome: sfn.Pass(self, outcome.capitalize(), state_name=f"{id} {outcome}") for outcome in _OUTCOMES
        }
        decided = sfn.Choice(self, "Decided", state_name=f"{id} decided")
        for outcome, state in self._outcomes.items():
            decided.when(sfn.Condition.string_equals(f"{result_path}.decision", outcome), state)
        self._start = ask
        self._open = dict(self._outcomes)
        ask.next(decided)

    def on_approved(self, then: sfn.IChainable) -> "ApprovalStep":
        """Go on here when it was approved."""
        return self._on("approved", then)

    def on_rejected(self, then: sfn.IChainable) -> "ApprovalStep":
        """Go on here when it was rejected."""
        return self._on("rejected", then)

    def on_expired(self, then: sfn.IChainable) -> "ApprovalStep":
        """Go on here when nobody decided in time."""
        return self._on("expired", then)

    @property
    def start_state(self) -> sfn.State:
        """The state that a workflow enters."""
        return self._start

    @property
    def end_states(self) -> list[sfn.INextable]:
        """The outcomes that go on to what follows the step."""
        return [*self._open.values()]

    def _on(self, outcome: str, then: sfn.IChainable) -> "ApprovalStep":
        require(outcome in self._open, f"on_{outcome}", "be called once", self.node.path, "constructs_lib.approval")
        self._open.pop(outcome).next(then)
        return self
