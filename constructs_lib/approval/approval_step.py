"""The step of a workflow that waits for a person."""

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.approval.approval_question import ApprovalQuestion
from constructs_lib.approval.query_languages import JsonataStates, JsonPathStates
from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import STEP_FUNCTIONS_STATE_NAME_LENGTH

_OUTCOMES = ("approved", "rejected", "expired")


class ApprovalStep(sfn.StateMachineFragment):
    """Waits until people approved or rejected, or until the time is over; made by `ApprovalDesk.step`.

    It chains like any other state, also within Map and Parallel. An outcome goes on where `on_approved`, `on_rejected`
    or `on_expired` says; the other outcomes go on to what follows the step. The decision is added to the state's input
    under ``result_path``: ``approval_id``, ``decision`` (``approved``, ``rejected`` or ``expired``), ``decided_by``,
    ``decided_at`` and ``comment`` of who closed it, and ``decisions``, a list of all of them, each with ``by``,
    ``decision``, ``at`` and ``comment``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        desk_workflow: sfn.IStateMachine,
        question: ApprovalQuestion,
        result_path: str = "$.approval",
        query_language: sfn.QueryLanguage = sfn.QueryLanguage.JSON_PATH,
    ) -> None:
        """Ask a desk; the arguments are those of `ApprovalDesk.step`."""
        longest_name = f"{id} {max(_OUTCOMES, key=len)}"
        require_within(
            f"the length of the state name {longest_name!r}", len(longest_name), STEP_FUNCTIONS_STATE_NAME_LENGTH
        )
        is_jsonata = query_language == sfn.QueryLanguage.JSONATA
        states = (JsonataStates if is_jsonata else JsonPathStates)(question.as_input(), result_path)
        super().__init__(scope, id)
        ask = states.ask(self, id, machine=desk_workflow)
        self._outcomes = {
            outcome: states.outcome(self, outcome.capitalize(), state_name=f"{id} {outcome}") for outcome in _OUTCOMES
        }
        decided = states.choice(self, f"{id} decided")
        for outcome, state in self._outcomes.items():
            decided.when(states.is_decided(outcome), state)
        self._start: sfn.State = ask
        self._open = dict(self._outcomes)
        ask.next(decided)

    def on_approved(self, then: sfn.IChainable) -> "ApprovalStep":
        """Go on here when it was approved."""
        return self._on("approved", then)

    def on_rejected(self, then: sfn.IChainable) -> "ApprovalStep":
        """Go on here when it was rejected."""
        return self._on("rejected", then)

    def on_expired(self, then: sfn.IChainable) -> "ApprovalStep":
        """Go on here when too few decided in time."""
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
