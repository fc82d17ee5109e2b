"""Where an archive lies: a bucket that nobody else reads, that forgets nothing, and that logs who looked."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

_LOGS_PREFIX = "archive/"
_UNFINISHED = Duration.days(7)
_SUPERSEDED = Duration.days(30)


class ArchiveBucket(Construct):
    """A private bucket, versioned, encrypted, reached over TLS only, and kept when its stack is deleted.

    Attributes:
        bucket: the bucket.
        access_logs: where S3 notes each request to it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey | None,
        access_logs: s3.IBucket | None,
        cold_after: Duration | None,
        expire_after: Duration | None,
        removal_policy: RemovalPolicy,
    ) -> None:
        """Make the bucket; see `KinesisArchive` for the arguments."""
        super().__init__(scope, id)
        self.bucket = _private_bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if encryption_key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=encryption_key,
            # One request to KMS for many objects, instead of one each.
            bucket_key_enabled=True if encryption_key else None,
            lifecycle_rules=_rules(cold_after, expire_after),
            removal_policy=removal_policy,
        )
        self.access_logs = access_logs or self._logs_bucket(removal_policy)
        self._log_to(self.access_logs)
        acknowledge(
            self.bucket,
            *in_compliance_packs("S3BucketReplicationEnabled"),
            reason="The archive is a copy already: of a table with point-in-time recovery. Who needs one in another "
            "Region brings a bucket that is replicated.",
        )

    def _logs_bucket(self, removal_policy: RemovalPolicy) -> s3.Bucket:
        logs = _private_bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=Duration.days(365), noncurrent_version_expiration=_SUPERSEDED)
            ],
            removal_policy=removal_policy,
        )
        acknowledge(
            logs,
            "AwsSolutions-S1",
            *in_compliance_packs("S3BucketLoggingEnabled", "S3BucketReplicationEnabled", "S3DefaultEncryptionKMS"),
            reason="These are the access logs themselves: logging them would log its own writing, S3 delivers them "
            "with its own encryption, and they expire after a year.",
        )
        return logs

    def _log_to(self, logs: s3.IBucket) -> None:
        """Log every request. The CDK's own way needs a feature flag, or else access control lists."""
        resource = cast("s3.CfnBucket", self.bucket.node.default_child)
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=logs.bucket_name, log_file_prefix=_LOGS_PREFIX
        )
        delivered = logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                resources=[logs.arn_for_objects(f"{_LOGS_PREFIX}*")],
                # By account, not by bucket: that would make each of the two wait for the other.
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if delivered.policy_dependable:
            self.bucket.node.add_dependency(delivered.policy_dependable)


def _private_bucket(scope: Construct, id: str, **options: object) -> s3.Bucket:
    return s3.Bucket(
        scope,
        id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        versioned=True,
        **options,  # type: ignore[arg-type]
    )


def _rules(cold_after: Duration | None, expire_after: Duration | None) -> list[s3.LifecycleRule]:
    cold = s3.StorageClass.GLACIER_INSTANT_RETRIEVAL
    moved = [s3.Transition(storage_class=cold, transition_after=cold_after)] if cold_after else None
    return [
        s3.LifecycleRule(
            abort_incomplete_multipart_upload_after=_UNFINISHED,
            transitions=moved,
            expiration=expire_after,
            # In a versioned bucket an expired object is only hidden, until its version expires too.
            noncurrent_version_expiration=_SUPERSEDED if expire_after else None,
        )
    ]
