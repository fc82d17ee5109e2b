"""What AWS Backup may do to back up one table: what its managed policy allows on everything, on this table alone."""

from aws_cdk import Aws, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.checks.as_reported import as_reported

_TABLE = [
    "dynamodb:CreateBackup",
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    # With the advanced features of DynamoDB backups.
    "dynamodb:StartAwsBackupJob",
]
_BACKUPS = ["dynamodb:DeleteBackup", "dynamodb:DescribeBackup"]
_VAULT = ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"]
_KEY = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


def backup_role(
    scope: Construct,
    id: str,
    *,
    table: dynamodb.ITable,
    vaults: list[backup.IBackupVault],
    encryption_keys: list[kms.IKey],
) -> iam.Role:
    """Make the role.

    Args:
        scope: the construct that it belongs to.
        id: the construct id.
        table: the table.
        vaults: where its backups go.
        encryption_keys: keys of the user's that encrypt the table or a vault.
    """
    principal = iam.ServicePrincipal("backup.amazonaws.com")
    role = iam.Role(
        scope, id, assumed_by=principal.with_conditions({"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
    )
    backups = f"{table.table_arn}/backup/*"
    rights = {
        table.table_arn: _TABLE,
        backups: _BACKUPS,
        **{vault.backup_vault_arn: _VAULT for vault in vaults},
        **{key.key_arn: _KEY for key in encryption_keys},
    }
    for resource, actions in rights.items():
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
    for key in encryption_keys:
        for_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        role.add_to_policy(
            iam.PolicyStatement(actions=["kms:CreateGrant"], resources=[key.key_arn], conditions=for_services)
        )
    acknowledge(
        role,
        f"AwsSolutions-IAM5[Resource::{as_reported(Stack.of(scope).resolve(backups))}]",
        *in_compliance_packs("IAMNoInlinePolicy"),
        reason="DynamoDB names the backups of this table itself; and the rights are for this one table, so they belong "
        "to its role and go with it.",
    )
    return role
