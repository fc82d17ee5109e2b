"""A cluster that is not there, deaf, slow, dying or talking nonsense: the table answers, within the budget."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from constructs_lib.items.client.circuit import FAILURES
from tests.items.client import ports
from tests.items.client.conftest import AMPLE_MS, BUDGET_MS, PAUSE_SECONDS, read, read_until
from tests.items.client.fake_dax import FakeDax, Mood
from tests.items.client.fake_table import FakeTable

# Ten times the budget: what the table itself takes on a machine that is busy with other tests. A client without a
# deadline would wait for its sockets, 2 seconds or longer.
IN_TIME = BUDGET_MS / 1000 * 10
MOODS: list[Mood] = ["silent", "slow", "trickling", "dying", "halfway", "babbling", "denying", "throttling"]
# Sockets that the client leaves to the garbage collector when a handshake fails are not this library's.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("port", [ports.closed, ports.silent, ports.swallowing, ports.unknown])
def test_where_no_cluster_is_the_table_answers_in_time(
    port: Callable[[], AbstractContextManager[str]], connect: Callable[..., Any], table: FakeTable
) -> None:
    with port() as endpoint:
        resource = connect(endpoint)
        answers = [read(resource) for _ in range(5)]
    assert [who for who, _ in answers] == ["table"] * 5
    assert max(seconds for _, seconds in answers) < IN_TIME


@pytest.mark.parametrize("mood", MOODS)
def test_a_cluster_that_is_unwell_from_the_start(
    mood: Mood, connect: Callable[..., Any], dax: FakeDax, table: FakeTable
) -> None:
    dax.mood = mood
    who, seconds = read(connect(dax.endpoint))
    assert who == "table"
    assert seconds < IN_TIME


@pytest.mark.parametrize("mood", MOODS)
def test_a_cluster_that_becomes_unwell_and_well_again(
    mood: Mood, connect: Callable[..., Any], dax: FakeDax, table: FakeTable
) -> None:
    resource = connect(dax.endpoint)
    read_until("dax", resource)
    dax.mood = mood
    who, seconds = read(resource)
    assert who == "table"
    assert seconds < IN_TIME
    dax.mood = "well"
    read_until("dax", resource)


def test_a_cluster_that_was_never_there_comes(connect: Callable[..., Any], table: FakeTable) -> None:
    with ports.closed() as endpoint:
        resource = connect(endpoint, budget_ms=AMPLE_MS)  # until the connection is refused
        assert read(resource)[0] == "table"
    dax = FakeDax(port=int(endpoint.rpartition(":")[2]))
    read_until("dax", resource)
    dax.stop()


def test_a_slow_connection_is_made_for_those_who_ask_later_and_no_failure(
    connect: Callable[..., Any], dax: FakeDax, table: FakeTable, caplog: pytest.LogCaptureFixture
) -> None:
    dax.mood = "slow"
    resource = connect(dax.endpoint, budget_ms=500)
    assert [read(resource)[0] for _ in range(3)] == ["table"] * 3
    dax.mood = "well"  # what is under way is answered slowly all the same
    read_until("dax", resource)
    assert caplog.messages == []


def test_who_begins_to_connect_waits_and_nobody_else(connect: Callable[..., Any], table: FakeTable) -> None:
    with ports.silent() as endpoint:
        resource = connect(endpoint, budget_ms=1_000)
        (_, first), (_, second) = read(resource), read(resource)
    assert second < 1 <= first


def test_a_dead_cluster_is_left_alone(connect: Callable[..., Any], dax: FakeDax, table: FakeTable) -> None:
    resource = connect(dax.endpoint)
    read_until("dax", resource)
    dax.mood = "dying"
    dax.asked.clear()
    begin = time.monotonic()
    for _ in range(30):
        assert read(resource)[0] == "table"
    pauses = (time.monotonic() - begin) / PAUSE_SECONDS
    assert 1 <= len(dax.asked) <= FAILURES + pauses


def test_a_connection_that_died_while_lambda_slept_is_not_used(
    connect: Callable[..., Any], dax: FakeDax, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = connect(dax.endpoint, budget_ms=AMPLE_MS)
    read_until("dax", resource)
    dax.drop_connections()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61)
    assert read(resource)[0] == "dax"
