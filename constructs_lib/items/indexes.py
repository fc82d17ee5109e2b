"""Other ways to a table's items than by its key."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import aws_dynamodb as dynamodb

from constructs_lib.arguments import require, require_within
from constructs_lib.items.capacity import Capacity, require_capacity
from constructs_lib.items.key import parse_keys
from constructs_lib.items.warm_throughput import require_warm
from constructs_lib.quotas import (
    DYNAMODB_ALL_INDEX_ATTRIBUTES,
    DYNAMODB_INDEX_ATTRIBUTES,
    DYNAMODB_INDEXES,
    DYNAMODB_LOCAL_INDEXES,
)

NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
NAMING = "Naming rules in Amazon DynamoDB"
_LOCAL = "Local secondary indexes in DynamoDB"
_GLOBAL = "Using global secondary indexes in DynamoDB"


@dataclass(frozen=True, slots=True)
class Index:
    """An index that holds less than whole items, or has a capacity of its own.

    Args:
        key: of a global index its partition key, or that and a sort key; of a local index its sort key.
        attributes: what it holds of each item: ``"all"``, ``"keys"``, or the keys and these 1 to 20 attributes; all
            indexes of a table may name 100 together. Less is cheaper to keep and to write; what is missing costs a
            second read.
        capacity: of a global index, of the same kind as the table's; None is the same as the table's.
        warm_throughput: as of a table; of a global index.
    """

    key: str | tuple[str, ...]
    attributes: Literal["all", "keys"] | Sequence[str] = "all"
    capacity: Capacity | None = None
    warm_throughput: dynamodb.WarmThroughput | None = None


@dataclass(frozen=True, slots=True)
class TableIndexes:
    """The indexes of a table, each read and checked, by name."""

    wide: dict[str, Index]
    """The global ones."""
    narrow: dict[str, Index]
    """The local ones."""
    keys: dict[str, list[dynamodb.Attribute]]
    """The partition key and, if there is one, the sort key of each index of both kinds."""


def parse_indexes(
    key: Sequence[dynamodb.Attribute],
    indexes: Mapping[str, Index | str | tuple[str, ...]],
    local_indexes: Mapping[str, Index | str],
) -> TableIndexes:
    """Read the indexes of a table with this key.

    Raises:
        InvalidArgument: too many of them, a name or a key that DynamoDB refuses, one attribute with two types, what a
            local index cannot have, or too many attributes.
    """
    wide = {name: each if isinstance(each, Index) else Index(each) for name, each in indexes.items()}
    narrow = {name: each if isinstance(each, Index) else Index(each) for name, each in local_indexes.items()}
    require_within("indexes", len(wide), DYNAMODB_INDEXES)
    require_within("local_indexes", len(narrow), DYNAMODB_LOCAL_INDEXES)
    keys = {name: parse_keys(f"indexes[{name!r}]", _listed(each.key)) for name, each in wide.items()}
    for name, each in narrow.items():
        _require_local(name, each, key, taken=wide)
        keys[name] = [key[0], *parse_keys(f"local_indexes[{name!r}]", _listed(each.key))]
    for name, each in {**wide, **narrow}.items():
        rule = "have names of 3 to 255 letters, digits, dots, hyphens and underscores"
        require(NAME.fullmatch(name), "indexes", rule, name, NAMING)
        _require_attributes(name, each)
        require_warm(f"warm_throughput of {name!r}", each.warm_throughput)
    _require_one_type(key, keys)
    named = [attribute for each in (*wide.values(), *narrow.values()) for attribute in _named(each)]
    require_within("indexes", len(named), DYNAMODB_ALL_INDEX_ATTRIBUTES)
    return TableIndexes(wide, narrow, keys)


def require_same_mode(indexes: Mapping[str, Index], capacity: Capacity) -> None:
    """Raise `InvalidArgument` for an index that is paid by request in a table paid by the hour, or the reverse."""
    for name, index in indexes.items():
        if index.capacity is not None:
            argument = f"the capacity of {name!r}"
            require_capacity(argument, index.capacity)
            is_same = isinstance(index.capacity, type(capacity))
            require(is_same, argument, "be of the same kind as the table's", index.capacity, _GLOBAL)


def projection_of(index: Index) -> dict[str, Any]:
    """Say, in the CDK's words, what an index holds."""
    if index.attributes == "all":
        return {"projection_type": dynamodb.ProjectionType.ALL}
    if index.attributes == "keys":
        return {"projection_type": dynamodb.ProjectionType.KEYS_ONLY}
    return {"projection_type": dynamodb.ProjectionType.INCLUDE, "non_key_attributes": [*index.attributes]}


def _listed(key: str | tuple[str, ...]) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key


def _named(index: Index) -> Sequence[str]:
    return () if isinstance(index.attributes, str) else index.attributes


def _require_local(name: str, index: Index, key: Sequence[dynamodb.Attribute], *, taken: Mapping[str, Index]) -> None:
    argument = f"local_indexes[{name!r}]"
    require(len(key) > 1, argument, "stand in a table with a sort key", name, _LOCAL)
    require(name not in taken, argument, "have a name that no global index has", name, NAMING)
    sort_keys = _listed(index.key)
    is_other = len(sort_keys) == 1 and sort_keys[0].partition(":")[0] not in {attribute.name for attribute in key}
    require(is_other, argument, "be another sort key than the table's keys", index.key, _LOCAL)
    is_plain = index.capacity is None and index.warm_throughput is None
    require(is_plain, argument, "have no capacity: it uses the table's", index, _LOCAL)


def _require_attributes(name: str, index: Index) -> None:
    argument, attributes = f"the attributes of {name!r}", index.attributes
    if isinstance(attributes, str):
        is_known = attributes in {"all", "keys"}
        require(is_known, argument, 'be "all", "keys" or a list of names', attributes, DYNAMODB_INDEX_ATTRIBUTES.source)
        return
    require_within(argument, len(attributes), DYNAMODB_INDEX_ATTRIBUTES)
    is_unique = len(set(attributes)) == len(attributes)
    require(is_unique, argument, "name each attribute once", attributes, DYNAMODB_INDEX_ATTRIBUTES.source)


def _require_one_type(
    key: Sequence[dynamodb.Attribute], index_keys: Mapping[str, Sequence[dynamodb.Attribute]]
) -> None:
    types = {attribute.name: attribute.type for attribute in key}
    for index, attributes in index_keys.items():
        for attribute in attributes:
            is_same = types.setdefault(attribute.name, attribute.type) == attribute.type
            rule = f"give {attribute.name!r} the type that it has elsewhere: {types[attribute.name].value[0]}"
            require(is_same, f"the key of {index!r}", rule, attribute.type.value[0], NAMING)
