"""Rights on a table's items: on the table of the grantee's own region, its indexes, and the key that encrypts it."""

from collections.abc import Iterable, Sequence
from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.arguments import require
from constructs_lib.items.replicas import Replicas, replica_keys

READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem")
WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")
SCAN = "dynamodb:Scan"

_SOURCE = "AWS::DynamoDB::GlobalTable"

_OF_INDEXES = {"dynamodb:Query", SCAN, "dynamodb:PartiQLSelect"}
_OF_KEY = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


class TableGrants:
    """What can be granted on a table and its replicas."""

    def __init__(
        self,
        table: dynamodb.ITable,
        *,
        indexes: Iterable[str],
        encryption_key: kms.IKey | None,
        replicas: Replicas,
        is_named: bool,
    ) -> None:
        self._table, self._indexes, self._replicas = table, [*indexes], [*replicas]
        self._encryption_key, self._replica_keys = encryption_key, replica_keys(replicas)
        self._is_named = is_named
        self._stack = Stack.of(table)
        self._region = table.env.region

    def grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        """Allow actions where the grantee's own region has the table; elsewhere, in the table's first region.

        Raises:
            InvalidArgument: the grantee's stack is in another region, and the table has no name.
        """
        region = self._replica_near(grantee)
        arn = self._arn(region)
        index_arns = [f"{arn}/index/{name}" for name in self._indexes] if _OF_INDEXES & set(actions) else []
        grant = iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=[arn, *index_arns])
        key = self._replica_keys.get(region) if region else self._encryption_key
        if key is None:
            return grant
        # DynamoDB asks for the data key on the caller's behalf, whatever the action; by itself, nobody needs the key.
        via = f"dynamodb.{region or self._region}.amazonaws.com"
        return grant.combine(
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=[*_OF_KEY],
                resource_arns=[key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": via}},
            )
        )

    def _replica_near(self, grantee: iam.IGrantable) -> str | None:
        """Return the grantee's region if the table has a replica there."""
        if not hasattr(grantee, "node"):
            return None
        region = Stack.of(cast("Construct", grantee)).region
        # The CDK would name the table on this first demand, and a table in use would be replaced by an empty one.
        rule = f"be given to a table that a stack in {region} uses"
        require(self._is_named or region == self._region, "table_name", rule, None, _SOURCE)
        return region if region in self._replicas else None

    def _arn(self, region: str | None) -> str:
        if region is None:
            return self._table.table_arn
        return self._stack.format_arn(
            service="dynamodb", region=region, resource="table", resource_name=self._table.table_name
        )
