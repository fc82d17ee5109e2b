"""The alarms of an archive: files that come late, or not at all, and what was logged on the way."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.services.alarm import alarm

# Firehose may take one and a half times the interval (Buffer data for dynamic partitioning).
_INTERVALS = 3
_LEAST_SECONDS = 15 * 60


def archive_alarms(
    scope: Construct,
    *,
    stream: firehose.CfnDeliveryStream,
    log: logs.ILogGroup,
    interval: Duration,
    topic: sns.ITopic | None,
) -> dict[str, cloudwatch.Alarm]:
    """Raise the alarms of an archive, by the names under which they are public.

    Args:
        scope: the construct that they belong to.
        stream: the delivery stream.
        log: where its errors are.
        interval: how long it gathers a file.
        topic: is told; None raises the alarms without telling anyone.
    """
    return {
        "late": alarm(
            scope,
            "Late",
            metric=_delivery(stream, "DeliveryToS3.DataFreshness", cloudwatch.Stats.MAXIMUM),
            above=max(_LEAST_SECONDS, _INTERVALS * interval.to_seconds()),
            periods=3,
            tells="The oldest change that is not in S3 yet has waited too long. Look into the log, and whether the "
            "role may still read the stream and write to the bucket; in time the stream forgets.",
            topic=topic,
        ),
        "failed": alarm(
            scope,
            "Failed",
            metric=_delivery(stream, "DeliveryToS3.Success", cloudwatch.Stats.AVERAGE),
            below=1,
            periods=3,
            tells="S3 refuses files. Look into the log, at the bucket's policy and its key.",
            topic=topic,
        ),
        "errors": alarm(
            scope,
            "Logged",
            metric=cloudwatch.Metric(
                namespace="AWS/Logs",
                metric_name="IncomingLogEvents",
                dimensions_map={"LogGroupName": log.log_group_name},
                statistic=cloudwatch.Stats.SUM,
                period=Duration.minutes(5),
            ),
            above=0,
            tells="Something went wrong on the way to the archive; the log says what. Changes without a key of their "
            "partition lie in the folder of errors.",
            topic=topic,
        ),
    }


def _delivery(stream: firehose.CfnDeliveryStream, name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Firehose",
        metric_name=name,
        dimensions_map={"DeliveryStreamName": stream.ref},
        statistic=statistic,
        period=Duration.minutes(5),
    )
