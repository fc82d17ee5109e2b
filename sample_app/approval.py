"""How a request is decided: a manager is asked, and what was approved goes into the ledger."""

import json
from pathlib import Path
from typing import cast

from aws_cdk import Aws, CfnElement, CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import (
    ApprovalDesk,
    ApprovalStep,
    DeadLetterQueue,
    ItemTable,
    ProxiedDatabase,
    PythonFunction,
    UserDirectory,
)
from constructs_lib.checks import acknowledge
from sample_app.groups import MANAGERS

HANDLERS = Path(__file__).parent / "handlers"


class ApprovalStack(Stack):
    """The desk, the workflow that asks it, what writes the ledger, and what the ledger's database calls in turn."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: UserDirectory,
        vpc: ec2.IVpc,
        requests: ItemTable,
        ledger: ProxiedDatabase,
        timeout: Duration,
        alarm_topic: sns.ITopic,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Purchase desk: how a request is decided")
        self._requests = requests
        self.mark_booked = PythonFunction(
            self,
            "MarkBooked",
            source=HANDLERS / "booked",
            dead_letter_queue=DeadLetterQueue(self, "NotBooked", alarm_topic=alarm_topic).queue,
        )
        requests.grant_write(self.mark_booked)
        self.write_ledger = PythonFunction(
            self,
            "WriteLedger",
            source=HANDLERS / "ledger",
            modules=["constructs_lib.relational.client"],
            vpc=vpc,
            environment={"BOOKED_FUNCTION": self.mark_booked.function_arn},
        )
        ledger.grant_connect(self.write_ledger, user="ledger_writer")
        # The first row may be written as soon as its function is there.
        ledger.allow_invoke(self.mark_booked, user="ledger_writer").apply_before(self.write_ledger)
        self.desk = ApprovalDesk(self, "Desk", users=users, approvers=MANAGERS, alarm_topic=alarm_topic)
        self.workflow = self._workflow(self._decision(timeout))
        self._tell_of_failures(alarm_topic)
        CfnOutput(self, "DeskUrl", value=self.desk.api.url)
        CfnOutput(self, "PageUrl", value=str(self.desk.page_url), description="Where managers decide")

    def _decision(self, timeout: Duration) -> ApprovalStep:
        """Ask a manager; only what was approved is written to the ledger, and the request shows what became of it."""
        asked = self.desk.step(
            "ManagerApproval",
            summary=sfn.JsonPath.string_at("$.summary"),
            details=sfn.JsonPath.string_at("$.reason"),
            requester=sfn.JsonPath.string_at("$.owner"),
            timeout=timeout,
        )
        write = tasks.LambdaInvoke(
            self,
            "WriteToLedger",
            lambda_function=self.write_ledger,
            payload=sfn.TaskInput.from_object(
                {
                    "request_id": sfn.JsonPath.string_at("$.request_id"),
                    "summary": sfn.JsonPath.string_at("$.summary"),
                    "amount": sfn.JsonPath.string_at("$.amount"),
                    "approved_by": sfn.JsonPath.string_at("$.approval.decided_by"),
                    "approved_at": sfn.JsonPath.string_at("$.approval.decided_at"),
                }
            ),
            result_path=sfn.JsonPath.DISCARD,
        )
        # The database may be failing over, or just starting; after four minutes the request says that it failed, and so
        # does the execution.
        write.add_retry(errors=["States.ALL"], interval=Duration.seconds(2), max_attempts=7, backoff_rate=2)
        not_written = sfn.Fail(self, "NotWritten", cause="What was approved could not be written to the ledger")
        write.add_catch(self._mark("failed").next(not_written), result_path=sfn.JsonPath.DISCARD)
        return (
            asked.on_approved(write.next(self._mark("approved")))
            .on_rejected(self._mark("rejected"))
            .on_expired(self._mark("expired"))
        )

    def _mark(self, status: str) -> tasks.DynamoUpdateItem:
        value = tasks.DynamoAttributeValue
        return tasks.DynamoUpdateItem(
            self,
            f"Mark{status.capitalize()}",
            table=self._requests.table,
            key={"request_id": value.from_string(sfn.JsonPath.string_at("$.request_id"))},
            update_expression="SET #status = :status, decided_by = :who, decided_at = :at, #comment = :comment",
            expression_attribute_names={"#status": "status", "#comment": "comment"},
            expression_attribute_values={
                ":status": value.from_string(status),
                ":who": value.from_string(sfn.JsonPath.string_at("$.approval.decided_by")),
                ":at": value.from_string(sfn.JsonPath.string_at("$.approval.decided_at")),
                ":comment": value.from_string(sfn.JsonPath.string_at("$.approval.comment")),
            },
            result_path=sfn.JsonPath.DISCARD,
        )

    def _workflow(self, decision: ApprovalStep) -> sfn.StateMachine:
        log_group = logs.LogGroup(
            self,
            "WorkflowLogs",
            log_group_name=f"/aws/vendedlogs/states/{self.stack_name}-workflow",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        workflow = sfn.StateMachine(
            self,
            "Workflow",
            definition_body=sfn.DefinitionBody.from_chainable(decision),
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL),
            tracing_enabled=True,
        )
        acknowledge(
            workflow,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The actions of X-Ray and of CloudWatch's log delivery cannot be limited to a resource (Service "
            "Authorization Reference).",
        )
        acknowledge(
            workflow,
            f"AwsSolutions-IAM5[Resource::<{self._logical_id(self.write_ledger)}.Arn>:*]",
            reason="The versions and aliases of the one function that it calls, as CDK's LambdaInvoke grants.",
        )
        arn = {"Ref": self._logical_id(self.desk.workflow.machine)}
        machine = json.dumps({"Fn::Select": [6, {"Fn::Split": [":", arn]}]}, separators=(",", ":"))
        place = f"arn:{_shown(self.partition)}:states:{_shown(self.region)}:{_shown(self.account)}"
        acknowledge(
            workflow,
            f"AwsSolutions-IAM5[Resource::{place}:execution:{machine}*]",
            reason="The executions of the one machine that it asks, whose names are not known before they are started.",
        )
        return workflow

    def _tell_of_failures(self, topic: sns.ITopic) -> None:
        """Raise an alarm for a request that was approved, and is not in the ledger."""
        alarm = cloudwatch.Alarm(
            self,
            "WorkflowFailed",
            alarm_description="A request may be approved and not in the ledger. The execution that bears its id says "
            "why; WriteLedger may be called again with what the execution gave it.",
            metric=self.workflow.metric_failed(period=Duration.minutes(1)),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(topic))

    def _logical_id(self, construct: Construct) -> str:
        resource = cast("CfnElement", construct.node.default_child)
        return str(self.resolve(self.get_logical_id(resource)))


def _shown(value: str) -> str:
    """Write a value as cdk-nag does, which names a pseudo parameter where it is not known yet."""
    names = {Aws.PARTITION: "<AWS::Partition>", Aws.REGION: "<AWS::Region>", Aws.ACCOUNT_ID: "<AWS::AccountId>"}
    return names.get(value, value)
