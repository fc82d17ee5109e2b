"""A policy on ``dynamodb:LeadingKeys`` lets its bearer reach their own items, by whatever call, and no others."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from constructs_lib.local.clients import aws_client
from constructs_lib.local.server.leading_keys import leading_keys

TABLE = "own-items"
SECOND = {"owner": {"S": "me"}, "id": {"S": "2"}}
Call = Callable[[Any, str], Any]


def key(owner: str) -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": "1"}}


def query(client: Any, owner: str, **more: Any) -> Any:
    return client.query(
        TableName=TABLE,
        KeyConditionExpression="#o = :o AND begins_with(id, :i)",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": {"S": owner}, ":i": {"S": "1"}},
        **more,
    )


CALLS: dict[str, Call] = {
    "get": lambda client, owner: client.get_item(TableName=TABLE, Key=key(owner)),
    "put": lambda client, owner: client.put_item(TableName=TABLE, Item=key(owner)),
    "update": lambda client, owner: client.update_item(
        TableName=TABLE,
        Key=key(owner),
        UpdateExpression="SET a = :a",
        ExpressionAttributeValues={":a": {"S": "me"}},
    ),
    "delete": lambda client, owner: client.delete_item(TableName=TABLE, Key=key(owner)),
    "query": query,
    "query of an index": lambda client, owner: query(client, owner, IndexName="ByOwner"),
    "batch get": lambda client, owner: client.batch_get_item(RequestItems={TABLE: {"Keys": [SECOND, key(owner)]}}),
    "batch write": lambda client, owner: client.batch_write_item(
        RequestItems={TABLE: [{"DeleteRequest": {"Key": SECOND}}, {"PutRequest": {"Item": key(owner)}}]}
    ),
    "write in a transaction": lambda client, owner: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": TABLE, "Item": key(owner)}}]
    ),
    "read in a transaction": lambda client, owner: client.transact_get_items(
        TransactItems=[{"Get": {"TableName": TABLE, "Key": key(owner)}}]
    ),
}


@pytest.fixture(scope="module")
def bearer(local_aws: LocalAws) -> Iterator[Any]:
    """Give a client that may reach the items of ``me``."""
    dynamodb, iam = local_aws.client("dynamodb"), local_aws.client("iam")
    schema = [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}]
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("owner", "id")],
        KeySchema=schema,
        GlobalSecondaryIndexes=[{"IndexName": "ByOwner", "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}],
    )
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:*",
        "Resource": f"arn:aws:dynamodb:*:*:table/{TABLE}*",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["me"]}},
    }
    iam.create_user(UserName="bearer")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="bearer", PolicyName="OwnItems", PolicyDocument=policy)
    made = iam.create_access_key(UserName="bearer")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    yield aws_client("dynamodb", local_aws.environment | keys)
    dynamodb.delete_table(TableName=TABLE)


@pytest.mark.local_aws
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_reaches_own_items_only(bearer: Any, call: Call) -> None:
    call(bearer, "me")
    with pytest.raises(ClientError, match="AccessDenied"):
        call(bearer, "you")


def test_scan_names_no_key() -> None:
    assert leading_keys({"TableName": TABLE, "FilterExpression": "owner = :o"}, lambda table, index: "owner") == []


def test_query_in_its_old_form() -> None:
    condition = {"owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "me"}]}}
    assert leading_keys({"TableName": TABLE, "KeyConditions": condition}, lambda table, index: "owner") == ["me"]
