"""The alarms of changes on their way through Kinesis: left out, late, throttled, or soon lost unread."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.services.alarm import alarm

_LATE_MILLISECONDS = 5 * 60 * 1000


def kinesis_alarms(
    scope: Construct, *, table: dynamodb.ITable, stream: kinesis.IStream, retention: Duration, topic: sns.ITopic | None
) -> dict[str, cloudwatch.Alarm]:
    """Raise the alarms of a table's changes in a stream, by the names under which they are public.

    Args:
        scope: the construct that they belong to.
        table: whose changes they are.
        stream: where they go.
        retention: how long the stream keeps them.
        topic: is told; None raises the alarms without telling anyone.
    """
    most, sum_ = cloudwatch.Stats.MAXIMUM, cloudwatch.Stats.SUM
    age = stream.metric_get_records_iterator_age_milliseconds(statistic=most, period=Duration.minutes(1))
    read = stream.metric_read_provisioned_throughput_exceeded(statistic=sum_, period=Duration.minutes(1))
    written = stream.metric_write_provisioned_throughput_exceeded(statistic=sum_, period=Duration.minutes(1))
    return {
        "unreplicated": alarm(
            scope,
            "Unreplicated",
            metric=_replication(table, "SUM(FailedToReplicateRecordCount)"),
            above=0,
            tells="DynamoDB has left a change out of the stream: as a record it is larger than the 1 MB that Kinesis "
            "takes. Readers miss it; read the item itself.",
            topic=topic,
        ),
        "replication_late": alarm(
            scope,
            "ReplicationLate",
            metric=_replication(table, "MAX(AgeOfOldestUnreplicatedRecord)"),
            above=_LATE_MILLISECONDS,
            periods=5,
            tells="Changes reach the stream more than five minutes late. Look whether it is throttled, and whether its "
            "policy and its key still let DynamoDB write.",
            topic=topic,
        ),
        "write_throttled": alarm(
            scope,
            "WriteThrottled",
            metric=written,
            above=0,
            periods=5,
            tells="The stream has refused changes for five minutes; DynamoDB tries again, and they come late. Give it "
            "more shards, or look for one item that is written all the time.",
            topic=topic,
        ),
        "read_throttled": alarm(
            scope,
            "ReadThrottled",
            metric=read,
            above=0,
            periods=5,
            tells="Readers that share the stream have been in each other's way for five minutes. Give the busiest of "
            "them a throughput of its own (fan_out).",
            topic=topic,
        ),
        "readers_late": alarm(
            scope,
            "ReadersLate",
            metric=age,
            above=retention.to_milliseconds() / 2,
            tells="A reader is half of the retention behind: changes will be gone before it has read them. Find the "
            "reader that is stuck, and raise the retention meanwhile.",
            topic=topic,
        ),
    }


def _replication(table: dynamodb.ITable, selected: str) -> cloudwatch.MathExpression:
    """Select a metric by the table alone: its other dimension, DelegatedOperation, has no documented value."""
    expression = f"SELECT {selected} FROM \"AWS/DynamoDB\" WHERE TableName = '{table.table_name}'"  # noqa: S608 - of metrics
    return cloudwatch.MathExpression(expression=expression, using_metrics={}, period=Duration.minutes(1))
