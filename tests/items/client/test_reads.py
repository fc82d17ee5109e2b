"""Reads: what goes through DAX, what goes to the table, and that boto3's own ways all do."""

from collections.abc import Callable
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from constructs_lib.items.client import dynamodb
from constructs_lib.items.client.circuit import FAILURES
from tests.items.client.conftest import AMPLE_MS, KEY
from tests.items.client.fake_dax import FakeDax
from tests.items.client.fake_table import FakeTable


@pytest.fixture
def resource(connect: Callable[..., Any], dax: FakeDax, table: FakeTable) -> Any:
    return connect(dax.endpoint, budget_ms=AMPLE_MS)


def test_an_item_comes_from_the_cluster(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    assert resource.Table("requests").get_item(Key=KEY) == {"Item": {"pk": "one", "answered_by": "dax"}}
    assert (dax.asked, table.asked) == (["getItem"], [])


def test_a_query_comes_from_the_cluster(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    answer = resource.Table("orders").query(KeyConditionExpression=Key("pk").eq("one"))
    assert answer["Items"] == [{"pk": "one", "answered_by": "dax"}]
    assert (dax.asked, table.asked) == (["query"], [])


def test_a_paginator_s_queries_do_too(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    pages = resource.meta.client.get_paginator("query").paginate(
        TableName="requests", KeyConditionExpression=Key("pk").eq("one")
    )
    assert [item["answered_by"] for page in pages for item in page["Items"]] == ["dax"]
    assert (dax.asked, table.asked) == (["query"], [])


def test_a_batch_comes_from_the_cluster(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    wanted = {"requests": {"Keys": [KEY]}, "orders": {"Keys": [{"pk": "two"}]}}
    answer = resource.batch_get_item(RequestItems=wanted)
    assert {name: items[0]["answered_by"] for name, items in answer["Responses"].items()} == {
        "requests": "dax",
        "orders": "dax",
    }
    assert (dax.asked, table.asked) == (["batchGetItem"], [])


def test_what_amazon_s_client_cannot_do_the_table_does(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    """It takes the same key of two tables for a duplicate (amazon-dax-client 2.1.0)."""
    answer = resource.batch_get_item(RequestItems={"requests": {"Keys": [KEY]}, "orders": {"Keys": [KEY]}})
    assert set(answer["Responses"]) == {"requests", "orders"}
    assert (dax.asked, table.asked) == ([], ["BatchGetItem"])


@pytest.mark.parametrize(
    ("read", "operation"),
    [
        (lambda resource: resource.Table("requests").get_item(Key=KEY, ConsistentRead=True), "GetItem"),
        (
            lambda resource: resource.Table("requests").query(
                KeyConditionExpression=Key("pk").eq("one"), ConsistentRead=True
            ),
            "Query",
        ),
        (
            lambda resource: resource.batch_get_item(
                RequestItems={"requests": {"Keys": [KEY]}, "orders": {"Keys": [KEY], "ConsistentRead": True}}
            ),
            "BatchGetItem",
        ),
        (lambda resource: resource.Table("requests").scan(), "Scan"),
        (lambda resource: resource.Table("uncached").get_item(Key=KEY), "GetItem"),
        (
            lambda resource: resource.batch_get_item(
                RequestItems={"requests": {"Keys": [KEY]}, "uncached": {"Keys": [KEY]}}
            ),
            "BatchGetItem",
        ),
    ],
)
def test_what_is_not_the_cluster_s_goes_to_the_table(
    resource: Any, dax: FakeDax, table: FakeTable, read: Callable[[Any], Any], operation: str
) -> None:
    assert "table" in str(read(resource))
    assert (dax.asked, table.asked) == ([], [operation])


def test_without_an_endpoint_it_is_boto3_s_own(table: FakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAX_ENDPOINT", raising=False)
    assert dynamodb().Table("requests").get_item(Key=KEY)["Item"]["answered_by"] == "table"


def test_an_error_is_the_table_s_and_opens_nothing(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    requests = resource.Table("requests")
    requests.get_item(Key=KEY)
    dax.mood, table.error = "invalid", "ValidationException"
    for _ in range(FAILURES):
        with pytest.raises(ClientError, match="ValidationException"):
            requests.get_item(Key=KEY)
    assert (len(dax.asked), len(table.asked)) == (1 + FAILURES, FAILURES)
    dax.mood, table.error = "well", None
    assert requests.get_item(Key=KEY)["Item"]["answered_by"] == "dax"


def test_a_budget_of_nothing_is_refused(connect: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="budget_ms must be above 0, got 0"):
        connect("dax://127.0.0.1:1", budget_ms=0)
