"""What can be asked of a table, its stream and its Kinesis stream; none of it breaks anything where it is allowed."""

from collections.abc import Callable
from typing import Any

from tests.items.local_callers import KEY, Caller, Place

Call = Callable[[Caller, Place], object]

_STATE = {":state": {"S": "open"}}
_CUSTOMER = {":customer": KEY["customer"]}
_SCRATCH = KEY | {"order": {"S": "scratch"}}


def _item(operation: str, **arguments: Any) -> Call:
    return lambda caller, place: getattr(caller.client("dynamodb"), operation)(TableName=place.table, **arguments)


def _batch(operation: str, requests: Any) -> Call:
    return lambda caller, place: getattr(caller.client("dynamodb"), operation)(RequestItems={place.table: requests})


def _transaction(operation: str, kind: str, **arguments: Any) -> Call:
    return lambda caller, place: getattr(caller.client("dynamodb"), operation)(
        TransactItems=[{kind: {"TableName": place.table, **arguments}}]
    )


_UPDATE: dict[str, Any] = {
    "UpdateExpression": "SET #state = :state",
    "ExpressionAttributeNames": {"#state": "state"},
    "ExpressionAttributeValues": _STATE,
}

CALLS: dict[str, Call] = {
    "GetItem": _item("get_item", Key=KEY),
    "BatchGetItem": _batch("batch_get_item", {"Keys": [KEY]}),
    "TransactGetItems": _transaction("transact_get_items", "Get", Key=KEY),
    "ConditionCheck": _transaction(
        "transact_write_items", "ConditionCheck", Key=KEY, ConditionExpression="attribute_exists(customer)"
    ),
    "Query": _item("query", KeyConditionExpression="customer = :customer", ExpressionAttributeValues=_CUSTOMER),
    "Query ByState": _item(
        "query",
        IndexName="ByState",
        KeyConditionExpression="#state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues=_STATE,
    ),
    "Query BySize": _item(
        "query",
        IndexName="BySize",
        KeyConditionExpression="customer = :customer",
        ExpressionAttributeValues=_CUSTOMER,
    ),
    "Scan": _item("scan"),
    "Scan ByDay": _item("scan", IndexName="ByDay"),
    "PutItem": _item("put_item", Item=_SCRATCH),
    "UpdateItem": _item("update_item", Key=_SCRATCH, **_UPDATE),
    "DeleteItem": _item("delete_item", Key=_SCRATCH),
    "BatchWriteItem": _batch("batch_write_item", [{"PutRequest": {"Item": _SCRATCH}}]),
    "Transact Put": _transaction("transact_write_items", "Put", Item=_SCRATCH),
    "Transact Update": _transaction("transact_write_items", "Update", Key=_SCRATCH, **_UPDATE),
    "Transact Delete": _transaction("transact_write_items", "Delete", Key=_SCRATCH),
    "DescribeStream": lambda caller, place: caller.client("dynamodbstreams").describe_stream(StreamArn=place.stream),
    "GetShardIterator": lambda caller, place: caller.client("dynamodbstreams").get_shard_iterator(
        StreamArn=place.stream, ShardId=place.shard, ShardIteratorType="LATEST"
    ),
    "GetRecords": lambda caller, place: caller.client("dynamodbstreams").get_records(ShardIterator=place.iterator),
    "Kinesis DescribeStreamSummary": lambda caller, place: caller.client("kinesis").describe_stream_summary(
        StreamARN=place.kinesis
    ),
    "Kinesis ListShards": lambda caller, place: caller.client("kinesis").list_shards(StreamARN=place.kinesis),
    "Kinesis GetShardIterator": lambda caller, place: caller.client("kinesis").get_shard_iterator(
        StreamARN=place.kinesis, ShardId="shardId-000000000000", ShardIteratorType="LATEST"
    ),
    "Kinesis GetRecords": lambda caller, place: caller.client("kinesis").get_records(
        ShardIterator=place.kinesis_iterator, StreamARN=place.kinesis
    ),
    "Kinesis PutRecord": lambda caller, place: caller.client("kinesis").put_record(
        StreamARN=place.kinesis, Data=b"forged", PartitionKey="forged"
    ),
}
"""Each call, by the name of what it does."""
