"""Steps that stand in an Express workflow, where nothing can wait."""

from collections.abc import Collection

import jsii
from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IValidation

from constructs_lib.arguments import InvalidArgument

_SOURCE = "Choosing workflow type in Step Functions"


@jsii.implements(IValidation)
class NotInExpressWorkflows:
    """Refuses, at the end of synth, each Express workflow of the app that has one of a desk's steps."""

    def __init__(self, desk: Construct, steps: Collection[str]) -> None:
        """Look for the steps of a desk, also for those that are still to come."""
        self._desk, self._steps = desk, steps

    def validate(self) -> list[str]:
        """Name each step that is in an Express workflow."""
        if not self._steps:
            return []
        machines = [each for each in self._desk.node.root.node.find_all() if isinstance(each, sfn.CfnStateMachine)]
        return [
            str(
                InvalidArgument("state_machine_type", f"be STANDARD with the step {step!r}", machine.node.path, _SOURCE)
            )
            for machine in machines
            if machine.state_machine_type == sfn.StateMachineType.EXPRESS.value
            for step in self._steps
            if _has(machine, step)
        ]


def _has(machine: sfn.CfnStateMachine, step: str) -> bool:
    definition = str(Stack.of(machine).resolve(machine.definition_string))
    return f'"{step} decided":' in definition and ":states:startExecution.sync:2" in definition
