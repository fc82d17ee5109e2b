"""A table's whole contents in S3, again and again: EventBridge Scheduler asks DynamoDB itself, and nothing runs."""

from aws_cdk import Aws, Duration, Names
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.items.export_destination import ExportDestination


def full_export(
    scope: Construct,
    *,
    table: dynamodb.ITable,
    destination: ExportDestination,
    role: iam.IRole,
    dead_letters: sqs.IQueue,
) -> scheduler.IScheduleTarget:
    """Return what a schedule calls: one export for each scheduled time, however often it has to be asked for.

    Args:
        scope: what the exports belong to; its address tells them from other exports at the same time.
        table: the table.
        destination: where they lie.
        role: what the scheduler assumes; it gets the rights.
        dead_letters: where an export goes that DynamoDB has refused for an hour.
    """
    once = f"{Names.unique_resource_name(scope, max_length=40)}-{scheduler.ContextAttribute.scheduled_time}"
    return targets.Universal(
        service="dynamodb",
        action="exportTableToPointInTime",
        input=scheduler.ScheduleTargetInput.from_object({**destination.request(table), "ClientToken": once}),
        role=role,
        policy_statements=destination.rights(table),
        dead_letter_queue=dead_letters,
        max_event_age=Duration.hours(1),
    )


def scheduler_role(scope: Construct, id: str) -> iam.Role:
    """Make a role that only this account's schedules assume."""
    principal = iam.ServicePrincipal("scheduler.amazonaws.com")
    return iam.Role(
        scope, id, assumed_by=principal.with_conditions({"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
    )
