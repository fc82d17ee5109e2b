"""What Firehose may do for an archive: read one stream, write two folders of one bucket, and say what failed."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.checks.as_reported import as_reported

_READ = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
_BUCKET = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
_OBJECTS = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]


def archive_role(
    scope: Construct,
    id: str,
    *,
    stream: kinesis.IStream,
    bucket: s3.IBucket,
    folders: Sequence[str],
    log_group: logs.ILogGroup,
) -> iam.Role:
    """Make the role, with the rights of Controlling access with Amazon Data Firehose and no more.

    They are part of the role itself, because Firehose tries them as soon as the delivery stream is made.
    """
    objects = [bucket.arn_for_objects(f"{folder}*") for folder in folders]
    rights = [
        _allow(_READ, stream.stream_arn),
        _allow(_BUCKET, bucket.bucket_arn),
        _allow(_OBJECTS, *objects),
        _allow(["logs:PutLogEvents"], log_group.log_group_arn),
    ]
    if stream.encryption_key:
        rights.append(_allow(["kms:Decrypt"], stream.encryption_key.key_arn))
    if bucket.encryption_key:
        rights.append(_allow(["kms:Decrypt", "kms:GenerateDataKey"], bucket.encryption_key.key_arn))
    role = iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"),
        inline_policies={"Archive": iam.PolicyDocument(statements=rights)},
    )
    acknowledge(
        role,
        *(f"AwsSolutions-IAM5[Resource::{as_reported(Stack.of(scope).resolve(arn))}]" for arn in objects),
        *in_compliance_packs("IAMNoInlinePolicy"),
        reason="Firehose names the objects itself, inside these two folders; and the rights are this one delivery "
        "stream's, so they are part of its role and go with it.",
    )
    return role


def _allow(actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[*actions], resources=[*resources])
