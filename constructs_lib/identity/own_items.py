"""Row-level security: people reach their own items of a table, because DynamoDB compares the keys of each request."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from constructs_lib.arguments import require, require_one_of
from constructs_lib.items.item_table import ItemTable

OWN_ITEM_ACTIONS = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
)
"""What an app needs for items of its user's, one at a time."""

# Those whose every request names partition keys. Scan and GetRecords name none; PartiQL's statements may scan.
_WITH_LEADING_KEYS = (
    *OWN_ITEM_ACTIONS,
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
)
_SOURCE = "Using IAM policy conditions for fine-grained access control"
_KEY_ACTIONS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def require_own_items(table: ItemTable, actions: Sequence[str]) -> None:
    """Raise `InvalidArgument` unless these actions on this table can be limited to a person's own items."""
    require(actions and not isinstance(actions, str), "actions", "be a list of at least one action", actions, _SOURCE)
    for action in actions:
        require_one_of("actions", action, _WITH_LEADING_KEYS, _SOURCE)
    require(len(set(actions)) == len(actions), "actions", "name each action once", actions, _SOURCE)
    is_text = table.key[0].type == dynamodb.AttributeType.STRING
    rule = "have a string as its partition key, to hold an identity id"
    require(is_text, "table", rule, f"{table.node.path} by {table.key[0].name}", _SOURCE)


def grant_own_items(role: iam.IRole, table: ItemTable, actions: Sequence[str]) -> iam.Grant:
    """Let a role's bearers do these actions on the items whose partition key is their identity id."""
    arn = table.table.table_arn
    grant = iam.Grant.add_to_principal(
        grantee=role,
        actions=[*actions],
        resource_arns=[arn, *(f"{arn}/index/{name}" for name in _own_indexes(table, actions))],
        conditions={
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]},
            # ForAllValues holds of no value at all, so a request that names no key would pass it.
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
    if table.encryption_key is None:
        return grant
    # DynamoDB asks for the data key on the caller's behalf; by themselves people have no business with the key.
    via = f"dynamodb.{Stack.of(table).region}.amazonaws.com"
    return grant.combine(
        iam.Grant.add_to_principal(
            grantee=role,
            actions=[*_KEY_ACTIONS],
            resource_arns=[table.encryption_key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": via}},
        )
    )


def _own_indexes(table: ItemTable, actions: Sequence[str]) -> list[str]:
    """Name the indexes that can be queried for a person's own items only: those parted as the table is."""
    if "dynamodb:Query" not in actions:
        return []
    return [name for name, key in table.index_keys.items() if key[0].name == table.key[0].name]
