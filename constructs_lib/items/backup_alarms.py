"""The alarms of backups: one that failed, and none for too long."""

from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.items.late_alarm import late_alarm
from constructs_lib.services.alarm import alarm


def backup_alarms(
    scope: Construct, *, vault: backup.IBackupVault, gap: timedelta | None, topic: sns.ITopic | None
) -> dict[str, cloudwatch.Alarm]:
    """Raise the alarms of backups into a vault, by the names under which they are public.

    Args:
        scope: the construct that they belong to.
        vault: the vault; AWS Backup counts its jobs, of whatever resource.
        gap: the longest time from one backup to the next; None if it is not known.
        topic: is told; None raises the alarms without telling anyone.
    """
    found = {
        "failed": alarm(
            scope,
            "Failed",
            metric=cloudwatch.MathExpression(
                # Not a sum by "+": that has no value while one of them has none.
                expression="SUM(METRICS())",
                using_metrics={
                    state.lower(): _jobs(vault, state, Duration.minutes(5))
                    for state in ("Failed", "Aborted", "Expired")
                },
                label="Backups without success",
                period=Duration.minutes(5),
            ),
            above=0,
            tells="A backup into this vault has failed or did not begin in time; its job says why. Start it again with "
            "aws backup start-backup-job.",
            topic=topic,
        )
    }
    late = late_alarm(
        scope,
        succeeded=_jobs(vault, "Completed", Duration.hours(1)),
        gap=gap,
        tells="No backup into this vault has succeeded for {hours} hours. Look whether its plan still has a rule and "
        "selects the table, and whether AWS Backup is switched on for DynamoDB in this Region.",
        topic=topic,
    )
    return found | ({"late": late} if late else {})


def _jobs(vault: backup.IBackupVault, state: str, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Backup",
        metric_name=f"NumberOfBackupJobs{state}",
        dimensions_map={"BackupVaultName": vault.backup_vault_name},
        statistic=cloudwatch.Stats.SUM,
        period=period,
    )
