"""Writes: made once, through the cluster where that was granted, and never repeated in doubt."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.items.client import WriteInDoubtError, cached_tables, cluster
from constructs_lib.items.client.circuit import FAILURES
from tests.items.client import ports
from tests.items.client.conftest import AMPLE_MS, KEY, read, read_until
from tests.items.client.fake_dax import FakeDax, Mood
from tests.items.client.fake_table import FakeTable

ITEM = {"pk": "one", "answered_by": "writer"}
ADD = {"UpdateExpression": "ADD visits :one", "ExpressionAttributeValues": {":one": 1}}
NEW = {"ConditionExpression": "attribute_not_exists(pk)"}
IN_DOUBT: list[Mood] = ["silent", "dying", "halfway", "babbling"]

REPEATABLE: dict[str, Callable[[Any], Any]] = {
    "PutItem": lambda requests: requests.put_item(Item=ITEM),
    "DeleteItem": lambda requests: requests.delete_item(Key=KEY),
    "BatchWriteItem": lambda requests: requests.meta.client.batch_write_item(
        RequestItems={"requests": [{"PutRequest": {"Item": ITEM}}]}
    ),
}
ONCE: dict[str, Callable[[Any], Any]] = {
    "a sum": lambda requests: requests.update_item(Key=KEY, **ADD),
    "a condition": lambda requests: requests.put_item(Item=ITEM, **NEW),
    "a conditional deletion": lambda requests: requests.delete_item(
        Key=KEY, ConditionExpression="attribute_exists(pk)"
    ),
    "the old item": lambda requests: requests.delete_item(Key=KEY, ReturnValues="ALL_OLD"),
}
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def resource(connect: Callable[..., Any], dax: FakeDax, table: FakeTable) -> Any:
    """A connected resource that writes through the cluster."""
    resource = connect(dax.endpoint, writes="through", budget_ms=AMPLE_MS)
    read_until("dax", resource)
    dax.asked.clear()
    table.asked.clear()
    return resource


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_tables, "WRITE_SECONDS", 0.5)


@pytest.mark.parametrize(
    ("write", "operation"),
    [
        (REPEATABLE["PutItem"], "putItem"),
        (REPEATABLE["DeleteItem"], "deleteItem"),
        (ONCE["a sum"], "updateItem"),
        (ONCE["a condition"], "putItem"),
    ],
)
def test_a_write_goes_through_the_cluster_which_then_knows(
    write: Callable[[Any], Any], operation: str, resource: Any, dax: FakeDax, table: FakeTable
) -> None:
    write(resource.Table("requests"))
    assert (dax.asked, table.asked) == ([operation], [])


def test_a_batch_writer_s_writes_do_too(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    with resource.Table("requests").batch_writer() as batch:
        batch.put_item(Item=ITEM)
    assert (dax.asked, table.asked) == (["batchWriteItem"], [])


def test_of_another_table_they_do_not(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    resource.Table("uncached").put_item(Item=ITEM)
    assert (dax.asked, table.asked) == ([], ["PutItem"])


@pytest.mark.parametrize("writes", [None, "around"])
def test_where_it_was_not_granted_they_go_to_the_table(
    writes: str | None, connect: Callable[..., Any], dax: FakeDax, table: FakeTable
) -> None:
    connect(dax.endpoint, writes=writes).Table("requests").put_item(Item=ITEM)
    assert (dax.asked, table.asked) == ([], ["PutItem"])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mood", IN_DOUBT)
@pytest.mark.parametrize("name", ONCE)
def test_in_doubt_a_write_that_counts_is_not_repeated(
    name: str, mood: Mood, resource: Any, dax: FakeDax, table: FakeTable
) -> None:
    dax.mood = mood
    with pytest.raises(WriteInDoubtError, match="was sent, and no answer came"):
        ONCE[name](resource.Table("requests"))
    assert (len(dax.asked), table.asked) == (1, [])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mood", IN_DOUBT)
@pytest.mark.parametrize("operation", REPEATABLE)
def test_in_doubt_a_write_that_twice_is_the_same_is_made_at_the_table(
    operation: str, mood: Mood, resource: Any, dax: FakeDax, table: FakeTable
) -> None:
    dax.mood = mood
    REPEATABLE[operation](resource.Table("requests"))
    assert (len(dax.asked), table.asked) == (1, [operation])


@pytest.mark.parametrize("mood", ["denying", "throttling", "invalid"])
@pytest.mark.parametrize("name", ONCE)
def test_what_the_cluster_refuses_is_made_at_the_table(
    name: str, mood: Mood, resource: Any, dax: FakeDax, table: FakeTable
) -> None:
    dax.mood = mood
    ONCE[name](resource.Table("requests"))
    assert (len(dax.asked), len(table.asked)) == (1, 1)


def test_a_condition_that_fails_is_told_in_boto3_s_own_words(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    dax.mood, table.error = "unmet", "ConditionalCheckFailedException"
    for _ in range(FAILURES):
        with pytest.raises(resource.meta.client.exceptions.ConditionalCheckFailedException):
            resource.Table("requests").put_item(Item=ITEM, **NEW)
    assert (len(dax.asked), len(table.asked)) == (FAILURES, FAILURES)
    dax.mood = "well"
    resource.Table("requests").put_item(Item=ITEM)
    assert len(dax.asked) == FAILURES + 1


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("port", [ports.closed, ports.silent, ports.swallowing])
def test_without_a_connection_nothing_was_sent(
    port: Any, name: str, connect: Callable[..., Any], table: FakeTable
) -> None:
    with port() as endpoint:
        ONCE[name](connect(endpoint, writes="through").Table("requests"))
    assert len(table.asked) == 1


def test_a_cluster_that_failed_is_not_tried_with_a_write(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    dax.mood = "dying"
    for _ in range(FAILURES):
        assert read(resource)[0] == "table"
    dax.asked.clear()
    resource.Table("requests").update_item(Key=KEY, **ADD)
    assert dax.asked == []
    assert table.asked[-1] == "UpdateItem"


def test_the_table_s_errors_stay_the_table_s(resource: Any, dax: FakeDax, table: FakeTable) -> None:
    dax.mood, table.error = "invalid", "ValidationException"
    with pytest.raises(ClientError, match="ValidationException"):
        resource.Table("requests").update_item(Key=KEY, **ADD)


def test_what_still_waits_for_a_worker_was_not_sent(
    connect: Callable[..., Any], dax: FakeDax, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WORKERS", 1)
    resource = connect(dax.endpoint, writes="through")
    read_until("dax", resource)
    dax.asked.clear()
    dax.mood = "silent"
    assert read(resource)[0] == "table"  # and the worker still waits
    monkeypatch.setattr(cached_tables, "WRITE_SECONDS", 0.5)
    resource.Table("requests").update_item(Key=KEY, **ADD)
    assert dax.asked == ["getItem"]
    assert table.asked[-1] == "UpdateItem"
