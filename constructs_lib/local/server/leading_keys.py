"""The partition keys that a DynamoDB request is about: the condition key ``dynamodb:LeadingKeys``."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Data = dict[str, Any]
KeyOf = Callable[[str, str | None], str | None]
"""Gives the name of a table's partition key, or of an index of it."""

_IN_TRANSACTION = ("Put", "Update", "Delete", "Get", "ConditionCheck")


def leading_keys(request: Data, key_of: KeyOf) -> list[str]:
    """Give the values of the partition keys that a request names; none for a scan, which is about all of them."""
    return sorted(set(_values(request, key_of)))


def _values(request: Data, key_of: KeyOf) -> Iterator[str]:
    for item in request.get("TransactItems", []):
        for member in _IN_TRANSACTION:
            yield from _values(item.get(member, {}), key_of)
    for table, batch in request.get("RequestItems", {}).items():
        for entry in _entries(batch):
            yield from _values({"TableName": table, **entry}, key_of)
    name = key_of(request.get("TableName", ""), request.get("IndexName"))
    if name is None:
        return
    for attributes in (request.get("Key", {}), request.get("Item", {})):
        if name in attributes:
            yield _text(attributes[name])
    yield from _queried(request, name)


def _entries(batch: Any) -> Iterator[Data]:
    """Read the entries of a batch: keys to get, or requests to put and to delete."""
    if isinstance(batch, dict):
        yield from ({"Key": key} for key in batch.get("Keys", []))
        return
    for write in batch:
        yield from (write[kind] for kind in ("PutRequest", "DeleteRequest") if kind in write)


def _queried(request: Data, name: str) -> Iterator[str]:
    """Read the partition key that a query asks for: it can only be an equality."""
    condition = request.get("KeyConditions", {}).get(name)
    if condition:
        yield _text(condition["AttributeValueList"][0])
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    for attribute, value in re.findall(r"(#?[\w.-]+)\s*=\s*(:\w+)", request.get("KeyConditionExpression", "")):
        if names.get(attribute, attribute) == name and value in values:
            yield _text(values[value])


def _text(value: Data) -> str:
    """Write an attribute value as a policy compares it."""
    return str(next(iter(value.values())))
