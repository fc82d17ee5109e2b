"""A table's contents in S3, on a schedule, at no cost to those who read and write it."""

from datetime import timedelta
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require, require_kind, require_one_of, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.items.export_alarms import export_alarms
from constructs_lib.items.export_destination import ExportDestination
from constructs_lib.items.export_schedule import as_schedule
from constructs_lib.items.full_export import full_export, scheduler_role
from constructs_lib.items.incremental_export import IncrementalExport
from constructs_lib.items.schedules import longest_gap
from constructs_lib.quotas import DYNAMODB_EXPORT_WINDOW, DYNAMODB_RECOVERY_DAYS
from constructs_lib.services.dead_letter_queue import DeadLetterQueue

_SOURCE = DYNAMODB_EXPORT_WINDOW.source
_VIEW_TYPES = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")


class TableExport(Construct):
    """Exports a table to S3 on a schedule, whole each time or what has changed, without a function.

    An export reads the table's point-in-time recovery, which must be on, and uses none of its capacity. Each lies
    under ``<prefix>/AWSDynamoDB/<id>/``; it is whole once its ``manifest-summary.json`` is there.

    Whole: EventBridge Scheduler asks DynamoDB for the export, and again for an hour if it is refused. One that was
    accepted and fails later, as when the bucket's policy denies it, is told by ``aws dynamodb list-exports`` only.

    Incremental: a state machine exports first the whole table and then, at each run, what has changed since, in windows
    of 15 minutes to 24 hours without gap or overlap. It waits for each export, tries one that failed twice more, and
    catches up after missed runs. Runs may overlap: they work on the same window. What changed in the last five minutes
    or so is not recoverable yet, and left to the next run. When changes have left the recovery window before they were
    exported, it fails, until it is run with the input ``{"start_over": true}``, which exports the whole table again.

    Costs: 0.10 US$ (us-east-1) for each GB of the table, or for each GB of changes that is gone through; requests and
    storage in S3; idle only the storage of one item.

    Attributes:
        schedule: the schedule.
        role: what the scheduler assumes.
        dead_letter_queue: where a run goes that could not be started; its alarm tells of it.
        incremental: the state machine with its cursor, or None.
        alarms: ``not_started``; and of an incremental export ``failed`` and, where the schedule runs at least every
            three days, ``late`` (no success for twice the time between two runs; also from the deployment until the
            first one).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: dynamodb.ITable,
        bucket: s3.IBucket,
        schedule: scheduler.ScheduleExpression | Duration,
        incremental: bool = False,
        prefix: str = "exports",
        format: Literal["DYNAMODB_JSON", "ION"] = "DYNAMODB_JSON",
        view_type: Literal["NEW_IMAGE", "NEW_AND_OLD_IMAGES"] | None = None,
        recovery_days: int = 35,
        log_encryption_key: kms.IKey | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Export a table.

        Args:
            scope: the construct that the export belongs to.
            id: the construct id.
            table: the table, with point-in-time recovery.
            bucket: where exports lie; if it has a key of its own, they are encrypted with it. One of another account
                must be imported with that account, and its policy let the role in.
            schedule: when, or how long from one to the next: at least 15 minutes, and less than the recovery window if
                incremental (DynamoDB data export to Amazon S3).
            incremental: export what has changed since the last time, instead of the whole table.
            prefix: what the keys of exports begin with, such as ``exports/orders``.
            format: ``DYNAMODB_JSON`` or ``ION`` (Amazon Ion text).
            view_type: of changed items, what they are now (``NEW_IMAGE``) or also what they were; None is both, for
                incremental exports only.
            recovery_days: how far back the table can be restored, as it was made.
            log_encryption_key: encrypts the state machine's log; None leaves that to CloudWatch.
            alarm_topic: is told of alarms; None raises them without telling anyone.

        Raises:
            InvalidArgument: a schedule that is too frequent or too rare, a malformed prefix, an unknown format or
                view type, or a view type of whole exports.
        """
        destination = ExportDestination(bucket=bucket, prefix=prefix, format=format)
        times = as_schedule(schedule)
        gap = longest_gap(times)
        require_kind("incremental", incremental, bool, _SOURCE)
        require_within("recovery_days", recovery_days, DYNAMODB_RECOVERY_DAYS)
        require_one_of("view_type", view_type, (None, *_VIEW_TYPES), _SOURCE)
        if incremental:
            rule = f"run more often than the recovery window of {recovery_days} days is long"
            is_in_time = gap is None or gap < timedelta(days=recovery_days)
            require(is_in_time, "schedule", rule, times.expression_string, _SOURCE)
        else:
            require(view_type is None, "view_type", "be left out: whole exports have none", view_type, _SOURCE)
        super().__init__(scope, id)
        self.dead_letter_queue = DeadLetterQueue(self, "DeadLetters", alarm_topic=alarm_topic)
        self.role = scheduler_role(self, "Role")
        self.alarms: dict[str, cloudwatch.Alarm] = {"not_started": self.dead_letter_queue.alarm}
        self.incremental = (
            IncrementalExport(
                self,
                "Incremental",
                table=table,
                destination=destination,
                view_type=view_type or "NEW_AND_OLD_IMAGES",
                log_encryption_key=log_encryption_key,
            )
            if incremental
            else None
        )
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            schedule=times,
            description=f"Exports {table.node.path} to S3",
            target=self._target(table, destination),
        )
        if self.incremental:
            self.alarms |= export_alarms(self, machine=self.incremental.machine, gap=gap, topic=alarm_topic)
        self._acknowledge(destination)

    def _target(self, table: dynamodb.ITable, destination: ExportDestination) -> scheduler.IScheduleTarget:
        if self.incremental is None:
            queue = self.dead_letter_queue.queue
            return full_export(self, table=table, destination=destination, role=self.role, dead_letters=queue)
        return targets.StepFunctionsStartExecution(
            self.incremental.machine,
            input=scheduler.ScheduleTargetInput.from_object({}),
            role=self.role,
            dead_letter_queue=self.dead_letter_queue.queue,
            max_event_age=Duration.hours(1),
        )

    def _acknowledge(self, destination: ExportDestination) -> None:
        if self.incremental is None:
            destination.acknowledge_rights(self.role)
            return
        acknowledge(
            self.role,
            *in_compliance_packs("IAMNoInlinePolicy"),
            reason="The policy lets this one role start this one state machine, and goes with it.",
        )
