"""A table's changes in a Kinesis stream: for up to a year, and for as many readers as there are."""

from collections.abc import Sequence
from typing import Any, Literal, cast
from weakref import WeakSet

from aws_cdk import CfnResource, Duration, Names, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require, require_kind, require_one_of, require_within
from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.functions.environment import give_environment, is_function
from constructs_lib.items.change_stream import ChangeStream, require_new_listener
from constructs_lib.items.kinesis_alarms import kinesis_alarms
from constructs_lib.items.stream_source import OwnTable
from constructs_lib.quotas import KINESIS_FAN_OUT_CONSUMERS, KINESIS_RETENTION, KINESIS_SHARDS

_SOURCE = "Using Kinesis Data Streams to capture changes to DynamoDB"
_PRECISIONS = ("millisecond", "microsecond")

_captured: "WeakSet[OwnTable]" = WeakSet()


class KinesisChanges(Construct):
    """Every change of a table, in a Kinesis stream that keeps it for up to a year and serves many readers.

    Unlike a table's own stream, a Kinesis stream may hold a change twice or out of order: a reader tells by the
    change's ``ApproximateCreationDateTime`` and its item's key which of two is the later.

    Costs: a capture unit for each change of up to 1 KB, and a Kinesis stream; on demand, that is paid by the hour and
    by what flows through it, also idle. Retention beyond 24 hours costs by the stored GB, fan-out by reader, shard and
    hour.

    Attributes:
        stream: the Kinesis stream; one made here is encrypted and kept when its stack is deleted.
        deliveries: the functions that it feeds, one for each call of `on_record`.
        alarms: by name: ``unreplicated`` (a change was left out), ``replication_late``, ``write_throttled``,
            ``read_throttled`` and ``readers_late`` (a reader is half of the retention behind).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: OwnTable,
        retention: Duration | None = None,
        precision: Literal["millisecond", "microsecond"] = "millisecond",
        shards: int | None = None,
        encryption_key: kms.IKey | None = None,
        stream: kinesis.IStream | None = None,
        alarm_topic: sns.ITopic | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        """Send a table's changes from now on.

        Args:
            scope: the construct that this belongs to.
            id: the construct id.
            table: a table of this app, with all of its replicas; its own Region's changes are sent, among them those
                that come from its replicas.
            retention: how long the stream keeps a change, 24 hours to 365 days; None is 24 hours.
            precision: of each change's ``ApproximateCreationDateTime``, since 1970.
            shards: a fixed number of shards, each for 1 MB or 1,000 changes a second; None is on demand.
            encryption_key: a key of your own, whose policy lets this account's IAM decide; None encrypts with the key
                that AWS manages for Kinesis.
            stream: a stream of your own, in the table's account and Region; None makes one. Its retention, shards and
                encryption are yours then, and the alarm takes its retention for 24 hours.
            alarm_topic: is told of alarms; None raises them without telling anyone.
            removal_policy: what becomes of the stream made here when it leaves its stack.

        Raises:
            InvalidArgument: retention or shards out of range, an unknown precision, a second stream for the table, or a
                stream of your own together with what it decides itself.
        """
        kept = retention or Duration.hours(KINESIS_RETENTION.minimum)
        own = {"retention": retention, "shards": shards, "encryption_key": encryption_key}
        require_kind("retention", kept, Duration, KINESIS_RETENTION.source)
        require_within("retention", kept.to_hours(integral=False), KINESIS_RETENTION)
        require_one_of("precision", precision, _PRECISIONS, _SOURCE)
        if shards is not None:
            require_within("shards", shards, KINESIS_SHARDS)
        for name in [name for name, value in own.items() if stream is not None and value is not None]:
            raise InvalidArgument(name, "be left out: the stream is yours", own[name], _SOURCE)
        require(not _has_stream(table), "table", "have no other Kinesis stream", table.node.path, _SOURCE)
        super().__init__(scope, id)
        self.deliveries: list[ChangeStream] = []
        self.stream = stream or kinesis.Stream(
            self,
            "Stream",
            retention_period=kept,
            stream_mode=kinesis.StreamMode.ON_DEMAND if shards is None else kinesis.StreamMode.PROVISIONED,
            shard_count=shards,
            encryption=kinesis.StreamEncryption.KMS if encryption_key else kinesis.StreamEncryption.MANAGED,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        if encryption_key is not None:
            acknowledge(self.stream, "AwsSolutions-KDS3", reason="A key of one's own is this table owner's choice.")
        _send_changes(table, self.stream, precision)
        _captured.add(table)
        self.alarms = kinesis_alarms(self, table=table, stream=self.stream, retention=kept, topic=alarm_topic)
        self._fan_outs = 0

    def on_record(
        self,
        function: lambda_.Function,
        *,
        fan_out: bool = False,
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
        """Call a function with every change; see `ChangeStream` for the other arguments.

        Args:
            function: what is called.
            fan_out: give this reader 2 MB a second of each shard for itself, for at most 20 readers and at a price
                (enhanced fan-out). Else it shares them, and five calls a second, with all other such readers.
            patterns: deliver just the changes that match, such as ``{"data": {"eventName": ["REMOVE"]}}``.
            batch_size: how many records at most in a call.
            batch_window: how long to wait for a batch to fill.
            parallelization_factor: how many batches of a shard at a time.
            retries: how often a failing batch is tried again.
            maximum_record_age: give a record up when it is older.
            late_after: raise the alarm when records wait longer; None is half of ``maximum_record_age``.
            starting_position: the oldest record that the stream has, or the next.
            alarm_topic: is told when a batch is given up or records are late.

        Raises:
            InvalidArgument: an argument out of range, a second function of the same id, or a 21st reader with fan-out.
        """
        require_within("fan_out", self._fan_outs + fan_out, KINESIS_FAN_OUT_CONSUMERS)
        name = f"RecordsTo{function.node.id}"
        require_new_listener(name, self.deliveries, function)
        delivery = ChangeStream(
            self,
            name,
            source=self._consumer(function) if fan_out else self.stream,
            function=function,
            patterns=patterns,
            batch_size=batch_size,
            batch_window=batch_window,
            parallelization_factor=parallelization_factor,
            retries=retries,
            maximum_record_age=maximum_record_age,
            late_after=late_after,
            starting_position=starting_position,
            alarm_topic=alarm_topic,
        )
        self._fan_outs += fan_out
        self.deliveries.append(delivery)
        return delivery

    def grant_read(self, grantee: iam.IGrantable, *, environment: str = "STREAM_ARN") -> iam.Grant:
        """Let a function or role read the stream itself, and tell a function where: its ARN is in ``environment``."""
        if is_function(grantee):
            give_environment(grantee, **{environment: self.stream.stream_arn})
        return self.stream.grant_read(grantee)

    def _consumer(self, function: lambda_.Function) -> kinesis.StreamConsumer:
        # Unique in the stream, also where several stacks share it.
        name = Names.unique_resource_name(function, max_length=128, separator="-")
        return kinesis.StreamConsumer(
            self, f"Consumer{function.node.id}", stream=self.stream, stream_consumer_name=name
        )


def _send_changes(table: OwnTable, stream: kinesis.IStream, precision: str) -> None:
    """Name the stream in the table's own Region, which TableV2 writes after its replicas.

    The CDK itself takes a stream only when it makes the table.
    """
    resource, path = table.node.default_child, "KinesisStreamSpecification"
    if isinstance(resource, dynamodb.CfnGlobalTable):
        path = f"Replicas.{len(Stack.of(table).resolve(resource.replicas)) - 1}.{path}"
    cast("CfnResource", resource).add_property_override(
        path, {"StreamArn": stream.stream_arn, "ApproximateCreationDateTimePrecision": precision.upper()}
    )


def _has_stream(table: OwnTable) -> bool:
    """Tell whether a table sends its changes to a Kinesis stream already: by this pattern, or since it was made."""
    resource = table.node.default_child
    if isinstance(resource, dynamodb.CfnGlobalTable):
        made_with = Stack.of(table).resolve(resource.replicas)[-1].get("kinesisStreamSpecification")
    else:
        made_with = cast("dynamodb.CfnTable", resource).kinesis_stream_specification
    return table in _captured or made_with is not None
