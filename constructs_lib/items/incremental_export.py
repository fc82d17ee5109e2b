"""A table's changes in S3, window after window, by a state machine that knows how far it has come."""

import json
from pathlib import Path
from typing import Any, Literal

from aws_cdk import Aws, Names, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.checks.as_reported import as_reported
from constructs_lib.functions.log_encryption import let_logs_use
from constructs_lib.items.export_destination import ExportDestination

ViewType = Literal["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]

_DEFINITION = Path(__file__).with_name("export_windows.asl.json")
_RETRY = {
    "ErrorEquals": [
        "DynamoDb.ExportNotFoundException",  # It may take a moment until an export is known everywhere.
        "DynamoDb.InternalServerErrorException",
        "DynamoDb.LimitExceededException",
        "DynamoDb.ProvisionedThroughputExceededException",
        "DynamoDb.RequestLimitExceededException",
        "DynamoDb.ThrottlingException",
        "DynamoDb.SdkClientException",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 300,
    "MaxAttempts": 10,
    "JitterStrategy": "FULL",
}


class IncrementalExport(Construct):
    """A state machine that exports what has changed since its last run, and the cursor that it keeps.

    Attributes:
        machine: the state machine. Runs may overlap, be missed, be broken off: the next goes on where one was.
        cursor: a table with one item: how far the exports have come, and the one in the works.
        log_group: the errors of the machine.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: dynamodb.ITable,
        destination: ExportDestination,
        view_type: ViewType,
        log_encryption_key: kms.IKey | None,
    ) -> None:
        """Make the machine; see `TableExport` for the arguments."""
        super().__init__(scope, id)
        self.cursor = dynamodb.TableV2(
            self,
            "Cursor",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.cursor,
            "DDB-10",
            reason="It says nothing without the machine; another machine begins with the whole table.",
        )
        self.log_group = self._log_group(log_encryption_key)
        values = {
            "Partition": Aws.PARTITION,
            "TableArn": table.table_arn,
            "CursorTable": self.cursor.table_name,
            "ViewType": view_type,
        }
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(_definition(values, destination.request(table))),
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
            tracing_enabled=True,
        )
        self._give_rights(table, destination)

    def _log_group(self, encryption_key: kms.IKey | None) -> logs.LogGroup:
        # Under this prefix the log deliveries of all machines share one resource policy, whose size is limited.
        name = f"/aws/vendedlogs/states/{Names.unique_resource_name(self, max_length=80)}"
        if encryption_key is not None:
            let_logs_use(encryption_key, name)
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=name,
            encryption_key=encryption_key,
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _give_rights(self, table: dynamodb.ITable, destination: ExportDestination) -> None:
        exports = f"{table.table_arn}/export/*"
        for right in (
            iam.PolicyStatement(actions=["dynamodb:DescribeContinuousBackups"], resources=[table.table_arn]),
            iam.PolicyStatement(actions=["dynamodb:DescribeExport"], resources=[exports]),
            iam.PolicyStatement(actions=["dynamodb:GetItem", "dynamodb:PutItem"], resources=[self.cursor.table_arn]),
            *destination.rights(table),
        ):
            self.machine.add_to_role_policy(right)
        destination.acknowledge_rights(self.machine.role)
        acknowledge(
            self.machine.role,
            f"AwsSolutions-IAM5[Resource::{as_reported(Stack.of(self).resolve(exports))}]",
            "AwsSolutions-IAM5[Resource::*]",
            reason="DynamoDB names the exports of this table itself. The actions of X-Ray and of CloudWatch's log "
            "delivery cannot be limited to a resource (Service Authorization Reference).",
        )


def _definition(values: dict[str, str], request: dict[str, Any]) -> str:
    """Fill in the definition's ``${Names}``, what each export asks for, and the patience of each task."""
    text = _DEFINITION.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", json.dumps(value)[1:-1])
    definition = json.loads(text)
    for state in definition["States"].values():
        if state["Type"] == "Task":
            state["Retry"] = [_RETRY]
        if state.get("Resource", "").endswith(":exportTableToPointInTime"):
            state["Arguments"] |= request
    return json.dumps(definition)
