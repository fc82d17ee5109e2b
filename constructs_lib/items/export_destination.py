"""Where exports lie, in which form, and the rights that it takes to write them there."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from constructs_lib.arguments import require, require_one_of, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.checks.as_reported import as_reported
from constructs_lib.quotas import DYNAMODB_EXPORT_PREFIX_LENGTH

ExportFormat = Literal["DYNAMODB_JSON", "ION"]

_SOURCE = "Amazon DynamoDB ExportTableToPointInTime"
_FORMATS = ("DYNAMODB_JSON", "ION")
_PREFIX = re.compile(r"[\w.\-=]+(/[\w.\-=]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDestination:
    """A folder of a bucket; for the arguments see `TableExport`."""

    bucket: s3.IBucket
    prefix: str
    format: ExportFormat

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what DynamoDB would refuse, or a policy could not name."""
        require_within("prefix", len(self.prefix), DYNAMODB_EXPORT_PREFIX_LENGTH)
        rule = 'be as "exports/orders": letters, digits and "_.-=", with single slashes between'
        require(_PREFIX.fullmatch(self.prefix), "prefix", rule, self.prefix, _SOURCE)
        require_one_of("format", self.format, _FORMATS, _SOURCE)

    def request(self, table: dynamodb.ITable) -> dict[str, Any]:
        """Return the parameters of ``ExportTableToPointInTime`` that are the same for each export of a table."""
        key = self.bucket.encryption_key
        encryption = {"S3SseAlgorithm": "KMS", "S3SseKmsKeyId": key.key_arn} if key else {"S3SseAlgorithm": "AES256"}
        return {
            "TableArn": table.table_arn,
            "S3Bucket": self.bucket.bucket_name,
            "S3BucketOwner": self.bucket.env.account,
            "S3Prefix": self.prefix,
            "ExportFormat": self.format,
            **encryption,
        }

    def rights(self, table: dynamodb.ITable) -> list[iam.PolicyStatement]:
        """Return what the caller of an export needs: DynamoDB writes to S3 in its name (Requesting a table export)."""
        rights = [
            iam.PolicyStatement(actions=["dynamodb:ExportTableToPointInTime"], resources=[table.table_arn]),
            iam.PolicyStatement(
                actions=["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"], resources=[self._objects]
            ),
        ]
        if self.bucket.encryption_key:
            key_arn = self.bucket.encryption_key.key_arn
            # Parts of a large object are read again to put it together.
            rights.append(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key_arn]))
        return rights

    def acknowledge_rights(self, role: iam.IRole) -> None:
        """Say why a role's right on a whole folder, in a policy of its own, is right."""
        objects = as_reported(Stack.of(role).resolve(self._objects))
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Resource::{objects}]",
            *in_compliance_packs("IAMNoInlinePolicy"),
            reason="DynamoDB names the objects of an export itself, inside this folder; and the rights are this one "
            "export's, so they belong to its role and go with it.",
        )

    @property
    def _objects(self) -> str:
        return self.bucket.arn_for_objects(f"{self.prefix}/*")
