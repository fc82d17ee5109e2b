"""The desk's own workflow: one execution for each approval, from the question to the answer.

It is a machine of the desk's, not a part of the machine that asks: so the task token never enters the history of a
workflow of the user's, and the right to hand it back is a right on this machine alone.
"""

from aws_cdk import Aws, Duration, Names, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.approval.desk_function import acknowledge_logs
from constructs_lib.approval.workflow_states import workflow_definition
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.log_encryption import let_logs_use
from constructs_lib.items.item_table import ItemTable

_LOG_GROUPS = "/aws/vendedlogs/states/"


class ApprovalWorkflow(Construct):
    """A state machine that stores a question, waits for its answer, reminds, escalates, and closes it in the end.

    When its wait ends it looks in the table before it calls the approval expired: a decision that was stored is never
    lost, even if nobody could tell of it.

    Attributes:
        machine: the state machine; what it may do is put, update and read items of the desk's table.
        log_group: its errors, without the data of executions, since that holds task tokens.
    """

    def __init__(self, scope: Construct, id: str, *, table: ItemTable, retention: Duration) -> None:
        """Make the state machine over a desk's table.

        Args:
            scope: the desk.
            id: the construct id.
            table: where approvals are kept.
            retention: how long an approval is kept once it is closed.
        """
        super().__init__(scope, id)
        key = table.encryption_key
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            # Under this prefix the log deliveries of all machines share one resource policy, whose size is limited.
            log_group_name=f"{_LOG_GROUPS}{Names.unique_resource_name(self, max_length=80)}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
            encryption_key=key,
        )
        if key is None:
            acknowledge_logs(self.log_group)
        else:
            let_logs_use(key, _LOG_GROUPS + "*")
        definition = workflow_definition(
            partition=Aws.PARTITION,
            table_name=table.table.table_name,
            retention_seconds=int(retention.to_seconds(integral=False)),
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(definition)),
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
            *in_compliance_packs("IAMNoInlinePolicy"),
            reason="The rights are this role's alone, and go with it.",
        )
        acknowledge(
            self.machine,
            "AwsSolutions-SF1",
            reason="Only errors are logged: the events of this machine would carry nothing more but their order.",
        )
