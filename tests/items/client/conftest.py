"""A table, a DAX node before it, and a function's environment that names both."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from constructs_lib.items.client import circuit, cluster, dynamodb
from tests.items.client.fake_dax import FakeDax
from tests.items.client.fake_table import FakeTable

BUDGET_MS = 150
AMPLE_MS = 10_000
"""For a cluster that is well, on a machine that is busy with other tests."""
PAUSE_SECONDS = 0.4
KEY = {"pk": "one"}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTable]:
    fake = FakeTable()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", fake.url)
    yield fake
    fake.stop()


@pytest.fixture
def dax() -> Iterator[FakeDax]:
    fake = FakeDax()
    yield fake
    fake.stop()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "reader")
    monkeypatch.setenv("DAX_TABLES", "requests,orders")
    monkeypatch.setattr(circuit, "PAUSE_SECONDS", PAUSE_SECONDS)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make the resource for an endpoint; its connection ends with the test."""
    made: list[cluster.Cluster] = []

    class Noted(cluster.Cluster):
        def __init__(self, endpoint: str, *, region: str) -> None:
            super().__init__(endpoint, region=region)
            made.append(self)

    def resource(endpoint: str, *, writes: str | None = None, budget_ms: float = BUDGET_MS) -> Any:
        monkeypatch.setenv("DAX_ENDPOINT", endpoint)
        if writes:
            monkeypatch.setenv("DAX_WRITES", writes)
        return dynamodb(budget_ms=budget_ms)

    monkeypatch.setattr(cluster, "Cluster", Noted)
    yield resource
    for each in made:
        if each._connection is not None:
            with suppress(Exception):
                each._connection.result(5).close()
        each._workers.shutdown(wait=True)


def read(resource: Any) -> tuple[str, float]:
    """Read the item; return who answered, and in how many seconds."""
    begin = time.monotonic()
    answer = resource.Table("requests").get_item(Key=KEY)
    return answer["Item"]["answered_by"], time.monotonic() - begin


def read_until(who: str, resource: Any) -> None:
    deadline = time.monotonic() + 30
    while read(resource)[0] != who:
        assert time.monotonic() < deadline, f"the {who} did not answer within 30 s"
        time.sleep(0.05)
