"""The states of a step in the language of the workflow that they are in: JSONPath or JSONata."""

import re
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require

Question = dict[str, Any]

_RESULT = ("approval_id", "decision", "decided_by", "decided_at", "comment", "decisions")
_SOURCE = "Transforming data with JSONata in Step Functions"
_PATH = re.compile(r"\$(\$?[.\[][a-z_*'\"]|states\.)", re.IGNORECASE)
"""What was surely meant to be read from the input: an approval asked by ``$.sub`` would bar nobody."""


class JsonPathStates:
    """States in JSONPath; the decision is added by the result path."""

    def __init__(self, question: Question, result_path: str) -> None:
        """Raise `InvalidArgument` for an expression in JSONata, or a result path into nothing."""
        for argument, text in _texts(question):
            require(not text.startswith("{%"), argument, "be a JSONPath in a step in JSONPath", text, _SOURCE)
            rule = "be a text, or sfn.JsonPath.string_at with the path: by itself it would be taken as it is written"
            require(not _PATH.match(text), argument, rule, text, _SOURCE)
        is_path = re.fullmatch(r"\$(\.\w+)+", result_path)
        rule = "be a path into the state's input, as $.approval"
        require(is_path, "result_path", rule, result_path, "Reference paths in Step Functions")
        self._question, self._path = question, result_path

    def ask(self, scope: Construct, name: str, *, machine: sfn.IStateMachine) -> sfn.TaskStateBase:
        """Make the task that asks the desk and waits for the decision."""
        task = tasks.StepFunctionsStartExecution(
            scope,
            "Ask",
            state_name=name,
            state_machine=machine,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            associate_with_parent=True,
            input=sfn.TaskInput.from_object(self._question),
            result_selector={name: sfn.JsonPath.string_at(f"$.Output.{name}") for name in _RESULT},
            result_path=self._path,
        )
        return _patient(task)

    def choice(self, scope: Construct, name: str) -> sfn.Choice:
        """Make the state that parts the outcomes."""
        return sfn.Choice(scope, "Decided", state_name=name)

    def is_decided(self, outcome: str) -> sfn.Condition:
        """Tell an outcome."""
        return sfn.Condition.string_equals(f"{self._path}.decision", outcome)

    def outcome(self, scope: Construct, id: str, *, state_name: str) -> sfn.Pass:
        """Make the state of an outcome."""
        return sfn.Pass(scope, id, state_name=state_name)


class JsonataStates:
    """States in JSONata; the decision is added to the input, which must be an object, by its name."""

    def __init__(self, question: Question, result_path: str) -> None:
        """Raise `InvalidArgument` for a JSONPath, or a result path that is no name."""
        for argument, text in _texts(question):
            if sfn.JsonPath.is_encoded_json_path(text):
                raise InvalidArgument(argument, "be a JSONata expression in a step in JSONata", text, _SOURCE)
            is_whole = "{%" not in text or re.fullmatch(r"\{%.*%\}", text, re.DOTALL)
            rule = "be a text, or {% an expression %} as a whole: otherwise it would be taken as it is written"
            require(is_whole and not _PATH.match(text), argument, rule, text, _SOURCE)
        is_name = re.fullmatch(r"\$\.\w+", result_path)
        rule = "be a name in the state's input, as $.approval, in JSONata"
        require(is_name, "result_path", rule, result_path, _SOURCE)
        self._question, self._name = question, result_path.removeprefix("$.")

    def ask(self, scope: Construct, name: str, *, machine: sfn.IStateMachine) -> sfn.TaskStateBase:
        """Make the task that asks the desk and waits for the decision."""
        task = tasks.StepFunctionsStartExecution.jsonata(
            scope,
            "Ask",
            state_name=name,
            state_machine=machine,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            associate_with_parent=True,
            input=sfn.TaskInput.from_object(self._question),
            outputs=f"{{% $merge([$states.input, {{'{self._name}': $states.result.Output}}]) %}}",
        )
        return _patient(task)

    def choice(self, scope: Construct, name: str) -> sfn.Choice:
        """Make the state that parts the outcomes."""
        return sfn.Choice.jsonata(scope, "Decided", state_name=name)

    def is_decided(self, outcome: str) -> sfn.Condition:
        """Tell an outcome."""
        return sfn.Condition.jsonata(f"{{% $states.input.{self._name}.decision = '{outcome}' %}}")

    def outcome(self, scope: Construct, id: str, *, state_name: str) -> sfn.Pass:
        """Make the state of an outcome."""
        return sfn.Pass.jsonata(scope, id, state_name=state_name)


def _patient(task: tasks.StepFunctionsStartExecution) -> sfn.TaskStateBase:
    """Ask again when Step Functions is busy; after a lost answer, which is no such error, that would ask twice."""
    task.add_retry(
        errors=["StepFunctions.ExecutionLimitExceeded", "StepFunctions.ThrottlingException"],
        interval=Duration.seconds(1),
        max_attempts=20,
        max_delay=Duration.minutes(1),
        jitter_strategy=sfn.JitterType.FULL,
    )
    return task


def _texts(question: Question) -> list[tuple[str, str]]:
    return [(argument, question[argument]) for argument in ("summary", "details", "requester")]
