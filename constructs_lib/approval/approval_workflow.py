"""The desk's own workflow: one execution for each approval, from the question to the answer.

It is a machine of the desk's, not a part of the machine that asks: so the task token never enters the history of a
workflow of the user's, and the right to hand it back is a right on this machine alone.
"""

import json
from pathlib import Path

from aws_cdk import Aws, Duration, Names, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.items.item_table import ItemTable

_DEFINITION = Path(__file__).with_name("workflow.asl.json")


class ApprovalWorkflow(Construct):
    """A state machine that stores a question, waits for its answer, and closes it when nobody answers in time.

    When its wait ends it looks in the table before it calls the approval expired: a decision that was stored is never
    lost, even if nobody could tell of it.

    Attributes:
        machine: the state machine; what it may do is put, update and read items of the desk's table.
        log_group: its errors, without the data of executions, since that holds task tokens.
    """

    def __init__(self, scope: Construct, id: str, *, table: ItemTable, approvers: str, retention: Duration) -> None:
        """Make the state machine over a desk's table.

        Args:
            scope: the desk.
            id: the construct id.
            table: where approvals are kept.
            approvers: the group that decides.
            retention: how long an approval is kept once it is closed.
        """
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            # Under this prefix the log deliveries of all machines share one resource policy, whose size is limited.
            log_group_name=f"/aws/vendedlogs/states/{Names.unique_resource_name(self, max_length=80)}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(
                filled_definition(
                    Partition=Aws.PARTITION,
                    TableName=table.table.table_name,
                    Approvers=approvers,
                    RetentionSeconds=str(int(retention.to_seconds(integral=False))),
                )
            ),
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ERROR, include_execution_data=False),
            tracing_enabled=True,
        )
        table.grant(self.machine, "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem")
        acknowledge(
            self.machine,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The actions of X-Ray and of CloudWatch's log delivery cannot be limited to a resource (Service "
            "Authorization Reference); the table's are limited to its ARN.",
        )
        acknowledge(
            self.machine,
            "AwsSolutions-SF1",
            reason="Only errors are logged: the events of this machine would carry nothing more but their order.",
        )


def filled_definition(**values: str) -> str:
    """Fill in the definition's ``${Names}``, each within a string of its JSON."""
    text = _DEFINITION.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", json.dumps(value)[1:-1])
    return text
