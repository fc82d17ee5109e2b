"""A DynamoDB table that loses nothing: the items, who may reach them, and who hears of their changes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aws_cdk import Duration, RemovalPolicy, aws_backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require
from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.functions.environment import give_environment, is_function
from constructs_lib.items.backup_lifecycle import VaultLock
from constructs_lib.items.capacity import ON_DEMAND, Capacity
from constructs_lib.items.change_stream import ChangeStream, require_new_listener
from constructs_lib.items.existing_table import require_both_images, require_fitting, require_own
from constructs_lib.items.export_destination import ExportFormat
from constructs_lib.items.grants import READ, SCAN, WRITE, TableGrants
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.imported_table import imported_table
from constructs_lib.items.incremental_export import ViewType
from constructs_lib.items.indexes import Index, parse_indexes
from constructs_lib.items.key import parse_keys
from constructs_lib.items.kinesis_changes import KinesisChanges
from constructs_lib.items.new_table import new_table
from constructs_lib.items.replicas import Replicas
from constructs_lib.items.scheduled_scaling import ScheduledScaling, scheduled_targets
from constructs_lib.items.table_alarms import table_alarms
from constructs_lib.items.table_backup import TableBackup
from constructs_lib.items.table_export import TableExport
from constructs_lib.items.table_settings import EncryptionKey, TableSettings
from constructs_lib.quotas import DYNAMODB_STREAM_CONSUMERS

_HERE = "constructs_lib.items"


class ItemTable(Construct):
    """A table of items up to 400 KB each, paid by request, recoverable to any second of the last weeks.

    Point-in-time recovery is always on; the table is protected from deletion and kept when its stack is deleted.
    Idle it costs nothing but its storage and the storage of its recovery window.

    Args:
        scope: the construct that the table belongs to.
        id: the construct id; it becomes part of the logical id, and changing it replaces the table.
        partition_key: the attribute that spreads items, as ``"name"`` for a string, ``"name:N"`` for a number or
            ``"name:B"`` for bytes.
        sort_key: the attribute that orders the items of a partition, in the same form.
        ttl_attribute: the attribute that holds when an item may go, as seconds since 1970. DynamoDB deletes it
            within a few days after that, so reads must still look at it (Using time to live in DynamoDB).
        indexes: global secondary indexes by name, each a partition key or a partition key and a sort key in the
            same form, ``{"ByOwner": ("owner", "created_at")}``, or an `Index` that says more. At most 20 (Quotas in
            Amazon DynamoDB). An item without the index's keys is not in it.
        local_indexes: local secondary indexes by name, each another sort key or an `Index`; at most 5. They can be made
            with the table only, and limit the items of a partition to 10 GB.
        capacity: `Capacity.on_demand`, the default, or `Capacity.provisioned`; indexes have the same unless told.
        recovery_days: how far back the table can be restored, 1 to 35 days (Point-in-time recovery for DynamoDB).
        encryption_key: a key of your own, in a stack whose region is known, and whose policy lets this account's IAM
            decide; ``"aws-managed"`` for the account's own ``aws/dynamodb``, which is paid by request; None for a key
            that DynamoDB owns, at no cost.
        replicas: other regions that hold the table too, each readable and writable; the stack's region must be known.
            Where the table has a key of your own, one for each region: ``{"eu-west-1": key}``. Each replica costs as
            much as the table, and each write is paid in each region. Grants are for the region of the grantee's stack,
            which knows the table by its ``table_name``.
        table_name: a name of your own, 3 to 255 letters, digits, dots, hyphens and underscores, for a table that stacks
            of other regions use. Name it when you make it: CloudFormation replaces a table that gets another name by an
            empty one. None leaves the name to CloudFormation.
        table_class: ``STANDARD_INFREQUENT_ACCESS`` where storage costs more than reading and writing.
        contributor_insights: also count which keys of table and indexes are used or throttled most; paid by event.
        warm_throughput: what the table takes at once from its first second on, instead of 12,000 reads and 4,000 writes
            a second; paid once.
        import_from: files in S3 that fill the table when it is made; without replicas and local indexes. CloudFormation
            refuses to add it later or to take it away, and replaces the table when it is changed.
        table: an existing table, of this app or imported, whose keys and indexes the other arguments state. Its
            encryption key is what it was imported with.
        deletion_protection: refuse every deletion of the table until it is switched off.
        removal_policy: what becomes of the table when it leaves its stack; ``DESTROY`` also needs
            ``deletion_protection=False``.
        alarm_topic: who is told of alarms: see `table_alarms`. By default there are none of the table.

    Attributes:
        table: the DynamoDB table.
        key: the partition key and, if there is one, the sort key.
        index_keys: the same of each index, by name.
        encryption_key: the key of yours that encrypts it, or None.
        streams: who hears of changes, one for each call of `on_change`.
        scheduled_scaling: what changes its capacity at given times, or None.
        alarms: ``throttled_requests``, ``system_errors`` and ``replication_to_<region>``, with an ``alarm_topic``.

    Raises:
        InvalidArgument: a malformed key, one attribute twice or with two types, too many indexes, recovery days out of
            range, indexes of another kind of capacity, replicas or a key of your own in a stack without a region, an
            import together with what it cannot make, or a setting of a new table beside an existing one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition_key: str,
        sort_key: str | None = None,
        ttl_attribute: str | None = None,
        indexes: Mapping[str, Index | str | tuple[str, ...]] | None = None,
        local_indexes: Mapping[str, Index | str] | None = None,
        capacity: Capacity = ON_DEMAND,
        recovery_days: int = 35,
        encryption_key: EncryptionKey = None,
        replicas: Replicas = (),
        table_name: str | None = None,
        table_class: dynamodb.TableClass = dynamodb.TableClass.STANDARD,
        contributor_insights: dynamodb.ContributorInsightsMode | None = None,
        warm_throughput: dynamodb.WarmThroughput | None = None,
        import_from: ImportSource | None = None,
        table: dynamodb.ITable | None = None,
        deletion_protection: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        key = parse_keys("the key", [partition_key] if sort_key is None else [partition_key, sort_key])
        known = parse_indexes(key, indexes or {}, local_indexes or {})
        settings = TableSettings(
            ttl_attribute=ttl_attribute,
            capacity=capacity,
            recovery_days=recovery_days,
            encryption_key=encryption_key,
            replicas=replicas,
            table_name=table_name,
            table_class=table_class,
            contributor_insights=contributor_insights,
            warm_throughput=warm_throughput,
            import_from=import_from,
            deletion_protection=deletion_protection,
            removal_policy=removal_policy,
        )
        if table is None:
            settings.require_for_new(scope, key, known)
        else:
            settings.require_left_out()
            require_fitting(table, key)
        super().__init__(scope, id)
        make = imported_table if import_from else new_table
        self.table: dynamodb.ITable = table or make(self, key=key, indexes=known, settings=settings)
        if removal_policy == RemovalPolicy.DESTROY and not deletion_protection:
            acknowledge(self.table, "DDB-10", reason="Its owner decided that the table goes with its stack.")
        self.key, self.index_keys = key, known.keys
        self.encryption_key = table.encryption_key if table else settings.own_key
        self.streams: list[ChangeStream] = []
        self._grants = TableGrants(
            self.table,
            indexes=known.keys,
            encryption_key=self.encryption_key,
            replicas=replicas,
            is_named=table is not None or table_name is not None,
        )
        scaled = scheduled_targets(self.table, capacity, known.wide)
        self.scheduled_scaling = (
            ScheduledScaling(self, "ScheduledScaling", table=self.table, scaled=scaled, alarm_topic=alarm_topic)
            if scaled
            else None
        )
        self._alarm_topic, self._recovery_days, self._is_existing = alarm_topic, recovery_days, table is not None
        self.alarms: dict[str, cloudwatch.Alarm] = (
            table_alarms(self, table=self.table, replicas=replicas, topic=alarm_topic) if alarm_topic else {}
        )

    def grant_read(self, grantee: iam.IGrantable, *, scan: bool = False, environment: str = "TABLE_NAME") -> iam.Grant:
        """Let a function or role read items by their key.

        Args:
            grantee: who may read. A function also gets the table's name in its environment.
            scan: also allow reading the whole table, which costs what the whole table weighs.
            environment: the name of that environment variable; name it yourself for a function with several tables.

        Raises:
            InvalidArgument: the function's variable already holds something else; or the function is an alias, a
                version or imported, whose environment cannot be set: grant to its role, and set the variable yourself;
                or its stack is in another region, and the table has no ``table_name``.
        """
        return self.grant(grantee, *READ, *([SCAN] if scan else []), environment=environment)

    def grant_write(self, grantee: iam.IGrantable, *, environment: str = "TABLE_NAME") -> iam.Grant:
        """Let a function or role put, update and delete items; arguments and errors as for `grant_read`."""
        return self.grant(grantee, *WRITE, environment=environment)

    def grant_read_write(
        self, grantee: iam.IGrantable, *, scan: bool = False, environment: str = "TABLE_NAME"
    ) -> iam.Grant:
        """Let a function or role do both; arguments and errors as for `grant_read`."""
        reading = self.grant_read(grantee, scan=scan, environment=environment)
        return reading.combine(self.grant_write(grantee, environment=environment))

    def grant(self, grantee: iam.IGrantable, *actions: str, environment: str = "TABLE_NAME") -> iam.Grant:
        """Let a function or role do just these actions on the table and its indexes; the rest as for `grant_read`.

        Raises:
            InvalidArgument: no action, or one that is not DynamoDB's; and as `grant_read`.
        """
        rule = "name actions of DynamoDB, such as dynamodb:GetItem"
        are_ours = bool(actions) and all(action.startswith("dynamodb:") for action in actions)
        require(are_ours, "actions", rule, [*actions], "Actions, resources, and condition keys for Amazon DynamoDB")
        if is_function(grantee):
            give_environment(grantee, **{environment: self.table.table_name})
        return self._grants.grant(grantee, actions)

    def on_change(
        self,
        function: lambda_.Function,
        *,
        patterns: Sequence[dict[str, Any]] = (),
        batch_size: int = 100,
        batch_window: Duration | None = None,
        parallelization_factor: int = 1,
        retries: int = 10,
        maximum_record_age: Duration | None = None,
        late_after: Duration | None = None,
        starting_position: lambda_.StartingPosition = lambda_.StartingPosition.TRIM_HORIZON,
        alarm_topic: sns.ITopic | None = None,
    ) -> ChangeStream:
        """Call a function with every change of the table, in order for each item; see `ChangeStream` for the arguments.

        Raises:
            InvalidArgument: an argument out of range, a second function of the same id, or a third: a DynamoDB stream
                serves two, Kinesis more.
        """
        if len(self.streams) >= DYNAMODB_STREAM_CONSUMERS.maximum:
            rule = "be one of at most two on a table (send the changes to a Kinesis stream to serve more)"
            raise InvalidArgument("function", rule, function.node.path, DYNAMODB_STREAM_CONSUMERS.source)
        name = f"ChangesTo{function.node.id}"
        require_new_listener(name, self.streams, function)
        source = require_own(self.table)
        if self._is_existing:
            require_both_images(source)
        stream = ChangeStream(
            self,
            name,
            source=source,
            function=function,
            patterns=patterns,
            batch_size=batch_size,
            batch_window=batch_window,
            parallelization_factor=parallelization_factor,
            retries=retries,
            maximum_record_age=maximum_record_age,
            late_after=late_after,
            starting_position=starting_position,
            alarm_topic=alarm_topic or self._alarm_topic,
        )
        if self.encryption_key is not None:
            # The stream is encrypted with the table's key, and read with the function's rights.
            self.encryption_key.grant_decrypt(function).apply_before(stream.mapping)
        self.streams.append(stream)
        return stream

    def stream_to_kinesis(
        self,
        *,
        retention: Duration | None = None,
        precision: Literal["millisecond", "microsecond"] = "millisecond",
        shards: int | None = None,
        encryption_key: kms.IKey | None = None,
        stream: kinesis.IStream | None = None,
        alarm_topic: sns.ITopic | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> KinesisChanges:
        """Send every change to a Kinesis stream, for up to a year and many readers; see `KinesisChanges`.

        Raises:
            InvalidArgument: an argument out of range, or a second stream.
        """
        return KinesisChanges(
            self,
            "KinesisChanges",
            table=require_own(self.table),
            retention=retention,
            precision=precision,
            shards=shards,
            encryption_key=encryption_key,
            stream=stream,
            alarm_topic=alarm_topic or self._alarm_topic,
            removal_policy=removal_policy,
        )

    def export_to(
        self,
        bucket: s3.IBucket,
        *,
        schedule: scheduler.ScheduleExpression | Duration,
        incremental: bool = False,
        prefix: str = "exports",
        format: ExportFormat = "DYNAMODB_JSON",
        view_type: ViewType | None = None,
        recovery_days: int | None = None,
        log_encryption_key: kms.IKey | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> TableExport:
        """Export the table on a schedule, whole or what has changed; see `TableExport` for the arguments.

        Of an existing table, ``recovery_days`` says how far back it can be restored; None is 35 days.

        Raises:
            InvalidArgument: an argument out of range, a second export of the same kind to the bucket, or
                ``recovery_days`` of a table that is made here and knows its own.
        """
        is_known = recovery_days is not None and not self._is_existing
        require(not is_known, "recovery_days", "be left out: the table was made with its own", recovery_days, _HERE)
        name = f"{'IncrementalExport' if incremental else 'Export'}To{bucket.node.id}"
        rule = "get at most one whole and one incremental export of a table"
        require(self.node.try_find_child(name) is None, "bucket", rule, bucket.node.path, _HERE)
        return TableExport(
            self,
            name,
            table=self.table,
            bucket=bucket,
            schedule=schedule,
            incremental=incremental,
            prefix=prefix,
            format=format,
            view_type=view_type,
            recovery_days=self._recovery_days if recovery_days is None else recovery_days,
            log_encryption_key=log_encryption_key,
            alarm_topic=alarm_topic or self._alarm_topic,
        )

    def backup(
        self,
        *,
        retention: Duration | None = None,
        schedule: scheduler.ScheduleExpression | None = None,
        cold_storage_after: Duration | None = None,
        plan: aws_backup.IBackupPlan | None = None,
        vault: aws_backup.IBackupVault | None = None,
        vault_lock: VaultLock | None = None,
        encryption_key: kms.IKey | None = None,
        copy_to: aws_backup.IBackupVault | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> TableBackup:
        """Back the table up for longer than its recovery window; see `TableBackup` for the arguments.

        Raises:
            InvalidArgument: an argument out of range, or backups that are made already.
        """
        rule = "be called once; for a second plan make a TableBackup"
        require(self.node.try_find_child("Backup") is None, "backup", rule, self.node.path, _HERE)
        return TableBackup(
            self,
            "Backup",
            table=self.table,
            retention=retention,
            schedule=schedule,
            cold_storage_after=cold_storage_after,
            plan=plan,
            vault=vault,
            vault_lock=vault_lock,
            encryption_key=encryption_key,
            table_encryption_key=self.encryption_key,
            copy_to=copy_to,
            alarm_topic=alarm_topic or self._alarm_topic,
        )
