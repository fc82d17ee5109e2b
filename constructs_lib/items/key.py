"""The short form of a key attribute: ``"name"`` or ``"name:N"``."""

from collections.abc import Sequence

from aws_cdk import aws_dynamodb as dynamodb

from constructs_lib.arguments import InvalidArgument, require, require_kind
from constructs_lib.quotas import DYNAMODB_KEY_NAME_LENGTH

_TYPES = {
    "S": dynamodb.AttributeType.STRING,
    "N": dynamodb.AttributeType.NUMBER,
    "B": dynamodb.AttributeType.BINARY,
}
_SOURCE = DYNAMODB_KEY_NAME_LENGTH.source


def parse_keys(argument: str, keys: Sequence[str]) -> list[dynamodb.Attribute]:
    """Read the partition key and, if there is one, the sort key of a table or an index.

    Raises:
        InvalidArgument: naming ``argument``, for none, more than two, the same twice, or what `parse_key` refuses.
    """
    require(len(keys) in {1, 2}, argument, "be a partition key or a partition key and a sort key", keys, _SOURCE)
    attributes = [parse_key(argument, key) for key in keys]
    names = [attribute.name for attribute in attributes]
    require(len(set(names)) == len(names), argument, "name two different attributes", keys, _SOURCE)
    return attributes


def parse_key(argument: str, key: str) -> dynamodb.Attribute:
    """Read a key attribute; a string unless its type is named.

    Raises:
        InvalidArgument: naming ``argument``, for an unknown type or a name that DynamoDB refuses.
    """
    require_kind(argument, key, str, _SOURCE)
    name, _, letter = key.partition(":")
    if (letter or "S") not in _TYPES or key.endswith(":"):
        raise InvalidArgument(argument, 'be "name", "name:S", "name:N" or "name:B"', key, _SOURCE)
    if not DYNAMODB_KEY_NAME_LENGTH.minimum <= len(name) <= DYNAMODB_KEY_NAME_LENGTH.maximum:
        raise InvalidArgument(argument, f"have a name of {DYNAMODB_KEY_NAME_LENGTH}", key, _SOURCE)
    return dynamodb.Attribute(name=name, type=_TYPES[letter or "S"])
