"""Logs encrypted by a key of the user's."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def let_logs_use(key: kms.IKey, log_groups: str = "*") -> None:
    """Let CloudWatch Logs use a key for log groups of this account and region; the same again changes nothing.

    An imported key's policy is not this app's to change: it must say so itself.

    Args:
        key: which encrypts the logs.
        log_groups: their name, or a pattern of their names where CloudFormation makes it up.
    """
    arn = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{log_groups}"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
        )
    )
