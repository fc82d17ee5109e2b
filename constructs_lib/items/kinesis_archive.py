"""A table's changes for good: compressed files in S3, in folders by key and by day."""

import math
from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require, require_kind, require_within
from constructs_lib.functions.log_encryption import let_logs_use
from constructs_lib.items.archive_alarms import archive_alarms
from constructs_lib.items.archive_bucket import ArchiveBucket
from constructs_lib.items.archive_delivery import archive_delivery
from constructs_lib.items.archive_layout import ArchiveLayout
from constructs_lib.items.archive_role import archive_role
from constructs_lib.items.kinesis_changes import KinesisChanges
from constructs_lib.quotas import S3_LIFECYCLE_DAYS

_SOURCE = "Amazon Data Firehose ExtendedS3DestinationConfiguration"


class KinesisArchive(Construct):
    """Every change of a table, in S3 for as long as you like: a line of JSON each, compressed, ready for Athena.

    A change lies in ``changes/tenant=acme/date=2026-11-23/``: by the keys that you name, and by the day on which it
    arrived (UTC). Changes in which a key is missing lie in ``errors/``, by the reason, and raise an alarm. As in the
    stream, a change may be there twice.

    Costs: Firehose by the GB, for which each change counts as 5 KB at least; with partitions once more by the GB, and
    by the file; S3 by what it keeps; an alarm 0.10 US$ a month. Idle it costs its storage and its alarms.

    Attributes:
        bucket: where the archive lies.
        access_logs: where S3 notes who looked, for a year; None for a bucket of your own.
        delivery_stream: the Firehose stream.
        role: what Firehose may do: read the stream, write the two folders.
        log_group: what failed, and why.
        alarms: by name: ``late`` (the newest file is too old), ``failed`` (S3 has refused files) and ``errors``
            (something was logged: a change lies in ``errors/``, or will).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: KinesisChanges | kinesis.IStream,
        bucket: s3.IBucket | None = None,
        partition_by: Mapping[str, str] | None = None,
        folder: str = "changes/",
        error_folder: str = "errors/",
        buffer_mib: int = 64,
        buffer_interval: Duration | None = None,
        cold_after: Duration | None = None,
        expire_after: Duration | None = None,
        encryption_key: kms.IKey | None = None,
        access_logs: s3.IBucket | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        alarm_topic: sns.ITopic | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        """Archive a stream from now on.

        Args:
            scope: the construct that this belongs to.
            id: the construct id.
            source: the changes of a table, or any stream of JSON records.
            bucket: a bucket of your own; None makes one: private, versioned, encrypted, with access logs, kept when its
                stack is deleted.
            partition_by: folders by a value of each record, as a jq expression by name:
                ``{"tenant": ".dynamodb.Keys.tenant.S"}``. Take what every change has, which are the item's keys: an
                item that is deleted has no ``NewImage``. And take what has few values, a tenant and not an order:
                Firehose writes to 500 folders at a time without asking for more (Dynamic partitioning in Amazon Data
                Firehose). None is by day only. Whether there are partitions is decided once: a change of that
                replaces the delivery stream.
            folder: where the changes lie, ending in a slash.
            error_folder: where those lie that could not be put there, ending in a slash.
            buffer_mib: how much to gather for a file, 1 to 128 MiB; with partitions 64 at least.
            buffer_interval: how long to gather at most, up to 15 minutes; with partitions one minute at least. None is
                five minutes.
            cold_after: move files of 128 KB or more to Glacier Instant Retrieval, which is cheap to keep, dear to read
                and billed for 90 days at least; None never moves them.
            expire_after: delete files, for good 30 days later; None keeps them for ever.
            encryption_key: a key of your own for the bucket and the log; None encrypts with keys that S3 manages.
            access_logs: a bucket of your own for the access logs; None makes one.
            log_retention: how long errors are kept in the log.
            alarm_topic: is told of alarms; None raises them without telling anyone.
            removal_policy: what becomes of the bucket made here when it leaves its stack; a bucket that is not empty
                cannot be deleted.

        Raises:
            InvalidArgument: an argument out of range, a name or expression of a partition that Firehose or Athena
                refuses, folders that are none or lie in each other, or a bucket of your own together with what it
                decides itself.
        """
        layout = ArchiveLayout(
            folder=folder,
            error_folder=error_folder,
            partitions=partition_by or {},
            buffer_mib=buffer_mib,
            buffer_interval=buffer_interval or Duration.minutes(5),
        )
        _check_lifecycle(cold_after, expire_after)
        decided = {"cold_after": cold_after, "expire_after": expire_after, "access_logs": access_logs}
        for name in [name for name, value in decided.items() if bucket is not None and value is not None]:
            raise InvalidArgument(name, "be left out: the bucket is yours", decided[name], _SOURCE)
        super().__init__(scope, id)
        stream = source.stream if isinstance(source, KinesisChanges) else source
        self.access_logs: s3.IBucket | None = None
        if bucket is None:
            made = ArchiveBucket(
                self,
                "Archive",
                encryption_key=encryption_key,
                access_logs=access_logs,
                cold_after=cold_after,
                expire_after=expire_after,
                removal_policy=removal_policy,
            )
            bucket, self.access_logs = made.bucket, made.access_logs
        self.bucket = bucket
        self.log_group = self._log_group(encryption_key, log_retention)
        errors = logs.LogStream(self, "Errors", log_group=self.log_group, removal_policy=RemovalPolicy.DESTROY)
        self.role = archive_role(
            self, "Role", stream=stream, bucket=bucket, folders=[folder, error_folder], log_group=self.log_group
        )
        self.delivery_stream = archive_delivery(
            self,
            source=stream,
            bucket=bucket,
            layout=layout,
            role=self.role,
            errors=errors,
            log_group=self.log_group,
        )
        self.alarms = archive_alarms(
            self, stream=self.delivery_stream, log=self.log_group, interval=layout.buffer_interval, topic=alarm_topic
        )

    def _log_group(self, encryption_key: kms.IKey | None, retention: logs.RetentionDays) -> logs.LogGroup:
        if encryption_key:
            let_logs_use(encryption_key)
        return logs.LogGroup(
            self, "Log", retention=retention, encryption_key=encryption_key, removal_policy=RemovalPolicy.DESTROY
        )


def _check_lifecycle(cold_after: Duration | None, expire_after: Duration | None) -> None:
    known: dict[str, float] = {}
    for name, after in {"cold_after": cold_after, "expire_after": expire_after}.items():
        if after is not None:
            require_kind(name, after, Duration, S3_LIFECYCLE_DAYS.source)
            known[name] = after.to_days(integral=False)
            require_within(name, known[name], S3_LIFECYCLE_DAYS)
    cold, expired = known.get("cold_after", 0), known.get("expire_after", math.inf)
    require(cold < expired, "expire_after", f"come after cold_after ({cold} days)", expired, S3_LIFECYCLE_DAYS.source)
