"""Indexes: their keys, what they hold, and how many there may be."""

from typing import Any

import pytest

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity
from constructs_lib.items.indexes import Index
from tests.items.tables import index, made, refusal, stack_in


def keys(of: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in of["KeySchema"]]


def test_a_global_index_by_one_attribute_or_two() -> None:
    table = made(indexes={"ByOwner": "owner", "ByState": ("state", "at:N"), "ByKind": Index(("kind", "sk"))})
    assert keys(index(table, "ByOwner")) == [("owner", "HASH")]
    assert keys(index(table, "ByState")) == [("state", "HASH"), ("at", "RANGE")]
    assert keys(index(table, "ByKind")) == [("kind", "HASH"), ("sk", "RANGE")]
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    assert types == {"pk": "S", "sk": "S", "owner": "S", "state": "S", "at": "N", "kind": "S"}


def test_a_local_index_orders_the_same_partitions_otherwise() -> None:
    table = made(local_indexes={"ByDate": "at:N", "BySize": Index("size:N", attributes="keys")})
    by_date, by_size = table["LocalSecondaryIndexes"]
    assert keys(by_date) == [("pk", "HASH"), ("at", "RANGE")]
    assert by_date["Projection"] == {"ProjectionType": "ALL"}
    assert keys(by_size) == [("pk", "HASH"), ("size", "RANGE")]
    assert by_size["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_a_table_tells_the_keys_of_its_indexes() -> None:
    table = ItemTable(
        stack_in(),
        "Requests",
        partition_key="pk",
        sort_key="sk",
        indexes={"ByState": ("state", "at:N")},
        local_indexes={"ByDate": "at:N"},
    )
    names = {index: [attribute.name for attribute in key] for index, key in table.index_keys.items()}
    assert names == {"ByState": ["state", "at"], "ByDate": ["pk", "at"]}


def test_an_index_holds_what_was_asked_for() -> None:
    table = made(
        indexes={
            "Whole": "a",
            "Keys": Index("b", attributes="keys"),
            "Some": Index("c", attributes=["total", "currency"]),
        }
    )
    assert index(table, "Whole")["Projection"] == {"ProjectionType": "ALL"}
    assert index(table, "Keys")["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert index(table, "Some")["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["total", "currency"],
    }


def test_as_many_as_dynamodb_takes() -> None:
    some = [f"a{n}" for n in range(20)]
    table = made(
        indexes={f"Index{n}": Index("a", attributes=some if n < 5 else "all") for n in range(20)},
        local_indexes={f"Local{n}": "b" for n in range(5)},
    )
    assert (len(table["GlobalSecondaryIndexes"]), len(table["LocalSecondaryIndexes"])) == (20, 5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"indexes": {f"Index{n}": "a" for n in range(21)}},
            "indexes must be 0 to 20 global secondary indexes, got 21",
        ),
        (
            {"local_indexes": {f"Local{n}": "a" for n in range(6)}},
            "local_indexes must be 0 to 5 local secondary indexes, got 6 (Quotas in Amazon DynamoDB)",
        ),
        ({"local_indexes": {"By": "a"}}, "indexes must have names of 3 to 255 letters"),
        (
            {"local_indexes": {"ByDate": "at"}, "sort_key": None},
            "local_indexes['ByDate'] must stand in a table with a sort key",
        ),
        ({"local_indexes": {"ByDate": "sk"}}, "must be another sort key than the table's keys, got 'sk'"),
        ({"local_indexes": {"ByDate": "pk:N"}}, "must be another sort key than the table's keys, got 'pk:N'"),
        ({"local_indexes": {"ByDate": Index(("a", "b"))}}, "must be another sort key than the table's keys"),
        ({"local_indexes": {"ByDate": "at:X"}}, "local_indexes['ByDate'] must be \"name\""),
        (
            {"local_indexes": {"ByDate": Index("at", capacity=Capacity.on_demand())}},
            "local_indexes['ByDate'] must have no capacity: it uses the table's",
        ),
        (
            {"indexes": {"ByDate": "a"}, "local_indexes": {"ByDate": "b"}},
            "local_indexes['ByDate'] must have a name that no global index has",
        ),
        (
            {"indexes": {"ByOwner": ("owner", "sk:N")}},
            "the key of 'ByOwner' must give 'sk' the type that it has elsewhere: S, got 'N' (Naming rules",
        ),
        (
            {"indexes": {"ByOwner": "owner", "ByDate": ("date", "owner:B")}},
            "the key of 'ByDate' must give 'owner' the type that it has elsewhere: S, got 'B'",
        ),
        ({"indexes": {"ByOwner": Index("a", attributes=[])}}, "must be 1 to 20 attributes, got 0 (Amazon DynamoDB P"),
        ({"indexes": {"ByOwner": Index("a", attributes=[f"a{n}" for n in range(21)])}}, "1 to 20 attributes, got 21"),
        ({"indexes": {"ByOwner": Index("a", attributes=["x", "x"])}}, "must name each attribute once"),
        (
            {"local_indexes": {"ByDate": Index("at", attributes="none")}},
            "the attributes of 'ByDate' must be \"all\", \"keys\" or a list of names, got 'none'",
        ),
        (
            {"indexes": {f"Index{n}": Index("a", attributes=[f"a{m}" for m in range(20)]) for n in range(6)}},
            "indexes must be 0 to 100 attributes in all indexes together, got 120 (Quotas in Amazon DynamoDB)",
        ),
    ],
)
def test_what_dynamodb_would_refuse_is_refused_before(arguments: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(lambda: made(**arguments))
