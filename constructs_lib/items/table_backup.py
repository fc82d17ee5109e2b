"""Backups of a table that are kept for years, in a vault that nobody empties."""

from datetime import timedelta

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require, require_kind
from constructs_lib.items.backup_alarms import backup_alarms
from constructs_lib.items.backup_lifecycle import BackupLifecycle, VaultLock
from constructs_lib.items.backup_role import backup_role
from constructs_lib.items.schedules import is_cron, longest_gap, shortest_gap

_SOURCE = "AWS Backup BackupRule"
_HERE = "constructs_lib.items"


class TableBackup(Construct):
    """Backs a table up through AWS Backup, on a schedule and on demand, for longer than its recovery window.

    A vault made here is kept when its stack is deleted, and denies everybody to delete a backup or to change how long
    it is kept; a `VaultLock` cannot be lifted even by changing that policy.

    Cold storage, copies to other Regions and accounts, and a key of the vault's own need the advanced features of
    DynamoDB backups, which the account switches on for each Region (``aws backup update-region-settings
    --resource-type-management-preference DynamoDB=true``); without them backups stay warm.

    On demand, besides the schedule, by whoever has `grant_start`: ``aws backup start-backup-job --backup-vault-name
    ... --resource-arn ... --iam-role-arn ... --lifecycle DeleteAfterDays=...``, with this vault, table and role.
    Without a lifecycle such a backup is kept for ever.

    Costs: 0.10 US$ (us-east-1) for each GB and month, 0.03 in cold storage; nothing idle.

    Attributes:
        vault: where the backups are; one made here keeps its name, so it must go before its stack is made anew.
        plan: when they are made, and for how long they are kept.
        role: what AWS Backup assumes; it may back up this table and no other.
        alarms: ``failed`` and, where backups are made at least every three days, ``late`` (no success for twice the
            time between two; also from the deployment until the first one). AWS Backup counts by vault: a vault that is
            shared alarms for all that is in it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: dynamodb.ITable,
        retention: Duration | None = None,
        schedule: scheduler.ScheduleExpression | None = None,
        cold_storage_after: Duration | None = None,
        plan: backup.IBackupPlan | None = None,
        vault: backup.IBackupVault | None = None,
        vault_lock: VaultLock | None = None,
        encryption_key: kms.IKey | None = None,
        table_encryption_key: kms.IKey | None = None,
        copy_to: backup.IBackupVault | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Back up a table.

        Args:
            scope: the construct that the backups belong to.
            id: the construct id.
            table: the table.
            retention: how long a backup is kept, in whole days.
            schedule: when, as a cron expression, at most hourly; None is each day at 5:00 UTC.
            cold_storage_after: move backups to cold storage then; they stay there for at least 90 days (AWS Backup
                Lifecycle).
            plan: a plan of your own, in place of ``retention``, ``schedule``, ``cold_storage_after`` and ``copy_to``.
                Its backups go to the vaults that it names: give as ``vault`` the one that is watched here.
            vault: a vault of your own; None makes one.
            vault_lock: locks the vault that is made.
            encryption_key: encrypts the vault that is made; None is the account's own ``aws/backup``.
            table_encryption_key: the key of yours that encrypts the table, which a backup has to read.
            copy_to: a vault in another Region or account that gets a copy of each backup, kept as long.
            alarm_topic: is told of alarms; None raises them without telling anyone.

        Raises:
            InvalidArgument: neither retention nor plan, or both; a retention that the lock or cold storage forbids; a
                schedule that is no cron expression or too frequent; a lock or a key for a vault that is not made here.
        """
        if vault_lock is not None:
            require_kind("vault_lock", vault_lock, VaultLock, _HERE)
        lifecycle = _lifecycle(retention, cold_storage_after, vault_lock)
        of_plan = {"schedule": schedule, "cold_storage_after": cold_storage_after, "copy_to": copy_to}
        _check_plan(plan, vault, {"retention": retention, **of_plan})
        for name, value in {"vault_lock": vault_lock, "encryption_key": encryption_key}.items():
            rule = "be left out: the vault is yours"
            require(vault is None or value is None, name, rule, type(value).__name__, _HERE)
        if schedule is not None:
            require_kind("schedule", schedule, scheduler.ScheduleExpression, _HERE)
            _check_schedule(schedule)
        super().__init__(scope, id)
        self.vault: backup.IBackupVault = vault or self._vault(vault_lock, encryption_key)
        times = schedule or scheduler.ScheduleExpression.cron(hour="5", minute="0")
        self.plan: backup.IBackupPlan = plan or self._plan(lifecycle, times, copy_to)
        self.role = backup_role(
            self,
            "Role",
            table=table,
            vaults=[self.vault, *([copy_to] if copy_to else [])],
            encryption_keys=[key for key in (encryption_key, table_encryption_key) if key],
        )
        backup.BackupSelection(
            self,
            "Selection",
            backup_plan=self.plan,
            resources=[backup.BackupResource.from_arn(table.table_arn)],
            role=self.role,
            disable_default_backup_policy=True,
        )
        gap: timedelta | None = None if plan else longest_gap(times)
        self.alarms: dict[str, cloudwatch.Alarm] = backup_alarms(self, vault=self.vault, gap=gap, topic=alarm_topic)

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody back up the table on demand."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["backup:StartBackupJob"], resource_arns=[self.vault.backup_vault_arn]
        ).combine(
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=["iam:PassRole"],
                resource_arns=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
            )
        )

    def _vault(self, lock: VaultLock | None, encryption_key: kms.IKey | None) -> backup.BackupVault:
        return backup.BackupVault(
            self,
            "Vault",
            encryption_key=encryption_key,
            block_recovery_point_deletion=True,
            lock_configuration=lock.configuration() if lock else None,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _plan(
        self,
        lifecycle: BackupLifecycle | None,
        times: scheduler.ScheduleExpression,
        copy_to: backup.IBackupVault | None,
    ) -> backup.BackupPlan:
        assert lifecycle is not None  # noqa: S101 - or else there is a plan already
        kept = {
            "delete_after": lifecycle.retention,
            "move_to_cold_storage_after": lifecycle.cold_storage_after,
        }
        copies = [backup.BackupPlanCopyActionProps(destination_backup_vault=copy_to, **kept)] if copy_to else None
        rule = backup.BackupPlanRule(
            backup_vault=self.vault,
            schedule_expression=events.Schedule.expression(times.expression_string),
            schedule_expression_timezone=times.time_zone,
            copy_actions=copies,
            **kept,  # type: ignore[arg-type]
        )
        return backup.BackupPlan(self, "Plan", backup_plan_rules=[rule])


def _lifecycle(
    retention: Duration | None, cold_storage_after: Duration | None, lock: VaultLock | None
) -> BackupLifecycle | None:
    if retention is None:
        return None
    lifecycle = BackupLifecycle(retention=retention, cold_storage_after=cold_storage_after)
    if lock is not None:
        lock.require_fitting(lifecycle)
    return lifecycle


def _check_plan(plan: backup.IBackupPlan | None, vault: backup.IBackupVault | None, of_plan: dict[str, object]) -> None:
    if plan is None:
        require(of_plan["retention"] is not None, "retention", "be given, or else a plan", None, _HERE)
        return
    for name, value in of_plan.items():
        require(value is None, name, "be left out: the plan is yours", type(value).__name__, _HERE)
    require(vault is not None, "vault", "be given with a plan: the vault of it that is watched", None, _HERE)


def _check_schedule(schedule: scheduler.ScheduleExpression) -> None:
    expression = schedule.expression_string
    require(is_cron(schedule), "schedule", "be a cron expression", expression, _SOURCE)
    gap = shortest_gap(schedule)
    rule = "leave at least an hour between two backups"
    require(gap is None or gap >= timedelta(hours=1), "schedule", rule, expression, _SOURCE)
