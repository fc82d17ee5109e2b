"""Provisioned capacity that is there before it is needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Aws, Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.items.capacity import Capacity, Provisioned, Scaling, ScheduledBounds
from constructs_lib.items.indexes import Index
from constructs_lib.services.dead_letter_queue import DeadLetterQueue


@dataclass(frozen=True, slots=True)
class ScalableTarget:
    """The read or the write capacity of a table or of one of its indexes, as Application Auto Scaling knows it."""

    id: str
    resource_id: str
    dimension: str
    scaling: Scaling


class ScheduledScaling(Construct):
    """Gives a table's provisioned capacity other bounds at given times.

    A table registers itself with Application Auto Scaling, so that CloudFormation would refuse to register it once more
    with scheduled actions. EventBridge Scheduler therefore updates what is registered, without a function. A deployment
    that changes the table's capacity puts its own bounds back until the next scheduled time.

    Attributes:
        role: may change the bounds of this table's capacity, and nothing else.
        dead_letter_queue: where a change goes that failed for half an hour; its alarm tells of it.
        schedules: one for each time and each bound.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: dynamodb.ITable,
        scaled: list[ScalableTarget],
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Schedule all that was added with `Scaling.at`.

        Args:
            scope: the construct that this belongs to.
            id: the construct id.
            table: the table.
            scaled: what of it has scheduled bounds.
            alarm_topic: is told when bounds could not be changed; None raises the alarm without telling anyone.
        """
        super().__init__(scope, id)
        self.role = self._role(table.table_arn)
        self.dead_letter_queue = DeadLetterQueue(self, "DeadLetters", alarm_topic=alarm_topic)
        right = iam.PolicyStatement(
            actions=["application-autoscaling:RegisterScalableTarget"],
            resources=[f"arn:{Aws.PARTITION}:application-autoscaling:{Aws.REGION}:{Aws.ACCOUNT_ID}:scalable-target/*"],
            conditions={"StringEquals": {"application-autoscaling:service-namespace": "dynamodb"}},
        )
        self.schedules = [
            scheduler.Schedule(
                self,
                f"{target.id}{number}",
                schedule=bounds.schedule,
                target=self._change(target, bounds, right),
                description=f"{table.node.path}: {target.dimension} of {bounds.min} to {bounds.max}",
            )
            for target in scaled
            for number, bounds in enumerate(target.scaling.scheduled, 1)
        ]
        # A time that came before the capacity is registered would register it instead of CloudFormation.
        self.node.add_dependency(table)

    def _change(self, target: ScalableTarget, bounds: ScheduledBounds, right: iam.PolicyStatement) -> targets.Universal:
        return targets.Universal(
            service="applicationautoscaling",
            action="registerScalableTarget",
            input=scheduler.ScheduleTargetInput.from_object(
                {
                    "ServiceNamespace": "dynamodb",
                    "ResourceId": target.resource_id,
                    "ScalableDimension": target.dimension,
                    "MinCapacity": bounds.min,
                    "MaxCapacity": bounds.max,
                }
            ),
            role=self.role,
            policy_statements=[right],
            dead_letter_queue=self.dead_letter_queue.queue,
            max_event_age=Duration.minutes(30),
        )

    def _role(self, table_arn: str) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com").with_conditions(
                {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        # Application Auto Scaling changes nothing for whom could not do so at the table and at the alarms of its policy
        # (Permissions validation for Application Auto Scaling API calls on target resources).
        role.add_to_policy(
            iam.PolicyStatement(actions=["dynamodb:DescribeTable", "dynamodb:UpdateTable"], resources=[table_arn])
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
                resources=["*"],
                conditions={"Bool": {"aws:ViaAWSService": "true"}},
            )
        )
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:application-autoscaling:<AWS::Region>:<AWS::AccountId>:"
            "scalable-target/*]",
            reason="The id of a scalable target is not known before it exists. The role may update one table, and no "
            "other table's capacity can be changed without the right to update that table.",
        )
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            reason="Application Auto Scaling asks CloudWatch, without the name of an alarm, whether the caller might "
            "change the alarms of a scaling policy. The role itself cannot: only a service on its behalf.",
        )
        acknowledge(
            role,
            *in_compliance_packs("IAMNoInlinePolicy"),
            reason="The policy belongs to this role alone, names this table, and goes with it.",
        )
        return role


def scheduled_targets(table: dynamodb.ITable, capacity: Capacity, indexes: Mapping[str, Index]) -> list[ScalableTarget]:
    """List what of a table and of its global indexes has scheduled bounds."""
    of_indexes = {f"index/{name}": index.capacity or capacity for name, index in indexes.items()}
    return [
        ScalableTarget(
            f"{path.removeprefix('index/')}{unit}",
            "/".join(filter(None, ["table", table.table_name, path])),
            f"dynamodb:{'index' if path else 'table'}:{unit}CapacityUnits",
            scaling,
        )
        for path, each in {"": capacity, **of_indexes}.items()
        if isinstance(each, Provisioned)
        for unit, scaling in (("Read", each.read), ("Write", each.write))
        if scaling.scheduled
    ]
