"""The Firehose stream of an archive."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.items.archive_layout import ArchiveLayout

_RETRY_SECONDS = 300

Delivery = firehose.CfnDeliveryStream


def archive_delivery(
    scope: Construct,
    *,
    source: kinesis.IStream,
    bucket: s3.IBucket,
    layout: ArchiveLayout,
    role: iam.IRole,
    errors: logs.LogStream,
    log_group: logs.ILogGroup,
) -> firehose.CfnDeliveryStream:
    """Read a Kinesis stream from now on, and write compressed files of lines.

    The CDK's own construct gives the role more rights on the bucket than Firehose uses, deletion among them.
    """
    partitioning = Delivery.DynamicPartitioningConfigurationProperty(
        enabled=True, retry_options=Delivery.RetryOptionsProperty(duration_in_seconds=_RETRY_SECONDS)
    )
    delivery = Delivery(
        scope,
        # Partitions can be neither added to a delivery stream nor taken away: another id makes another stream.
        "PartitionedDelivery" if layout.partitions else "Delivery",
        delivery_stream_type="KinesisStreamAsSource",
        kinesis_stream_source_configuration=Delivery.KinesisStreamSourceConfigurationProperty(
            kinesis_stream_arn=source.stream_arn, role_arn=role.role_arn
        ),
        extended_s3_destination_configuration=Delivery.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=bucket.bucket_arn,
            role_arn=role.role_arn,
            prefix=layout.prefix,
            error_output_prefix=layout.error_prefix,
            compression_format="GZIP",
            file_extension=".json.gz",
            buffering_hints=Delivery.BufferingHintsProperty(
                size_in_m_bs=layout.buffer_mib, interval_in_seconds=layout.buffer_interval.to_seconds()
            ),
            processing_configuration=Delivery.ProcessingConfigurationProperty(
                enabled=True, processors=[*layout.processors]
            ),
            dynamic_partitioning_configuration=partitioning if layout.partitions else None,
            cloud_watch_logging_options=Delivery.CloudWatchLoggingOptionsProperty(
                enabled=True, log_group_name=log_group.log_group_name, log_stream_name=errors.log_stream_name
            ),
        ),
    )
    acknowledge(
        delivery,
        "AwsSolutions-KDF1",
        reason="Firehose keeps nothing of its own of what it reads from a Kinesis stream, which is encrypted itself.",
    )
    return delivery
