"""How long a backup is kept, and where: what AWS Backup allows of it."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_backup as backup

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.quotas import BACKUP_COLD_STORAGE_DAYS, BACKUP_LOCK_GRACE_DAYS, BACKUP_RETENTION_DAYS

_COLD_AT_LEAST = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupLifecycle:
    """The retention of backups; for the arguments see `TableBackup`."""

    retention: Duration
    cold_storage_after: Duration | None

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what AWS Backup would refuse."""
        days = _days("retention", self.retention)
        require_within("retention", _whole(days), BACKUP_RETENTION_DAYS)
        if self.cold_storage_after is not None:
            cold = _days("cold_storage_after", self.cold_storage_after)
            require_within("cold_storage_after", _whole(cold), BACKUP_COLD_STORAGE_DAYS)
            rule = f"end at least {_COLD_AT_LEAST} days after cold_storage_after ({cold:g} days)"
            require(days >= cold + _COLD_AT_LEAST, "retention", rule, f"{days:g} days", BACKUP_COLD_STORAGE_DAYS.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultLock:
    """Keeps the backups of a vault from being deleted early, by anybody.

    Attributes:
        min_retention: how long each backup is kept at least; at least a day. A plan that keeps them for less fails.
        max_retention: how long it may be kept at most; None for as long as one likes.
        changeable_for: after this time, of at least 3 days, not even the account's root nor AWS can change the lock or
            delete a backup before its time (compliance mode). None lets those who have the right to change it
            (governance mode).

    Raises:
        InvalidArgument: durations that AWS Backup refuses.
    """

    min_retention: Duration
    max_retention: Duration | None = None
    changeable_for: Duration | None = None

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what AWS Backup would refuse."""
        least = _days("min_retention", self.min_retention)
        require_within("min_retention", _whole(least), BACKUP_RETENTION_DAYS)
        if self.max_retention is not None:
            most = _days("max_retention", self.max_retention)
            require_within("max_retention", _whole(most), BACKUP_RETENTION_DAYS)
            rule = f"be no less than min_retention ({least:g} days)"
            require(most >= least, "max_retention", rule, f"{most:g} days", BACKUP_RETENTION_DAYS.source)
        if self.changeable_for is not None:
            grace = _days("changeable_for", self.changeable_for)
            require_within("changeable_for", _whole(grace), BACKUP_LOCK_GRACE_DAYS)

    def require_fitting(self, lifecycle: BackupLifecycle) -> None:
        """Raise `InvalidArgument` unless a vault with this lock takes backups that are kept so long."""
        days = lifecycle.retention.to_days(integral=False)
        least = self.min_retention.to_days(integral=False)
        most = self.max_retention.to_days(integral=False) if self.max_retention else days
        rule = f"lie within the vault's lock, {least:g} to {most:g} days"
        require(least <= days <= most, "retention", rule, f"{days:g} days", BACKUP_RETENTION_DAYS.source)

    def configuration(self) -> backup.LockConfiguration:
        """Render it for the CDK."""
        return backup.LockConfiguration(
            min_retention=self.min_retention, max_retention=self.max_retention, changeable_for=self.changeable_for
        )


def _days(name: str, duration: Duration) -> float:
    require_kind(name, duration, Duration, BACKUP_RETENTION_DAYS.source)
    return duration.to_days(integral=False)


def _whole(days: float) -> float:
    """Make a whole number of days one that counts as whole."""
    return int(days) if days == int(days) else days
