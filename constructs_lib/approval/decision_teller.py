"""What tells the desk's workflow how people decided."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.approval.desk_function import desk_function
from constructs_lib.functions.python_function import PythonFunction

DECIDED = {
    "eventName": ["MODIFY"],
    "dynamodb": {
        "OldImage": {"status": {"S": ["pending"]}},
        "NewImage": {"status": {"S": ["approved", "rejected"]}},
    },
}
"""The changes that the teller hears of: what closes an approval, not the question and not the end of the time."""


def decision_teller(desk: Construct, *, machine: sfn.IStateMachine, encryption_key: kms.IKey | None) -> PythonFunction:
    """Make the function; it hands task tokens back to the desk's own machine, and may do nothing else."""
    function = desk_function(
        desk,
        "Teller",
        handler="desk.teller.handler",
        timeout=Duration.seconds(30),
        encryption_key=encryption_key,
    )
    actions, arns = ["states:SendTaskSuccess"], [machine.state_machine_arn]
    iam.Grant.add_to_principal(grantee=function, actions=actions, resource_arns=arns)
    return function
