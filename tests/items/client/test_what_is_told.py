"""What the client tells: a log entry when the way changes, and how many requests took which."""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib.items.client import usage
from constructs_lib.items.client.circuit import FAILURES, Circuit
from constructs_lib.items.client.usage import Usage
from tests.items.client.conftest import AMPLE_MS, PAUSE_SECONDS
from tests.items.client.fake_dax import FakeDax
from tests.items.client.fake_table import FakeTable

DOWN, UP = "DAX does not answer, the tables are asked instead", "DAX answers again"


def told(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if '"_aws"' in line]


def counts(output: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for line in told(output):
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("constructs_lib", [["service"]])
        total.update({metric["Name"]: int(sum(line[metric["Name"]])) for metric in directive["Metrics"]})
    return total


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
def test_each_way_is_counted_where_there_was_a_choice(
    connect: Callable[..., Any], dax: FakeDax, table: FakeTable, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = connect(dax.endpoint, writes="through", budget_ms=AMPLE_MS).Table("requests")
    requests.get_item(Key={"pk": "one"})
    requests.put_item(Item={"pk": "one"})
    requests.get_item(Key={"pk": "one"}, ConsistentRead=True)
    requests.scan()
    dax.mood = "dying"
    for _ in range(3):
        requests.get_item(Key={"pk": "one"})
    requests.put_item(Item={"pk": "one"})
    output = capsys.readouterr().out
    assert counts(output) == {"ReadsThroughDax": 1, "WritesThroughDax": 1, "ReadsFromTable": 3, "WritesToTable": 1}
    assert {line["service"] for line in told(output)} == {"reader"}


def test_counts_are_written_once_a_second_and_none_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    counted = Usage()
    for second in (0.0, 0.1, 0.9, 1.1, 1.2, 7.0):
        clock[0] = 1_000 + second
        counted.count("ReadsThroughDax")
    output = capsys.readouterr().out
    assert [line["ReadsThroughDax"] for line in told(output)] == [[1], [3], [2]]


def test_the_log_tells_of_changes_only(
    connect: Callable[..., Any], dax: FakeDax, table: FakeTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    requests = connect(dax.endpoint, budget_ms=AMPLE_MS).Table("requests")

    def read() -> None:
        requests.get_item(Key={"pk": "one"})

    def messages() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.getMessage().startswith("DAX")]

    read()
    assert messages() == []
    dax.mood = "dying"
    for _ in range(3):
        read()
        time.sleep(PAUSE_SECONDS)
    assert messages() == [DOWN]
    dax.mood = "well"
    deadline = time.monotonic() + 30
    while len(messages()) < 2 and time.monotonic() < deadline:
        read()
        time.sleep(PAUSE_SECONDS / 4)
    assert messages() == [DOWN, UP]


def test_amazon_s_client_is_silent_about_a_cluster_that_does_not_answer() -> None:
    """Its threads would warn every few seconds."""
    assert {logging.getLogger(name).getEffectiveLevel() for name in ("amazondax", "amazondax.EndpointRefresher")} == {
        logging.ERROR
    }


def opened() -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES):
        circuit.failed(TimeoutError())
    return circuit


class TestCircuit:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        clock = [1_000.0]
        monkeypatch.setattr(time, "time", lambda: clock[0])
        return clock

    def test_while_open_one_in_each_pause_may_ask(self, clock: list[float]) -> None:
        circuit = Circuit()
        assert circuit.is_closed
        assert [circuit.may_ask() for _ in range(3)] == [True] * 3
        circuit.failed(TimeoutError())
        assert circuit.may_ask()
        circuit.failed(TimeoutError())
        assert not circuit.is_closed
        assert not circuit.may_ask()
        clock[0] += PAUSE_SECONDS * 1.1
        assert [circuit.may_ask() for _ in range(3)] == [True, False, False]
        circuit.answered()
        assert circuit.is_closed
        assert [circuit.may_ask() for _ in range(3)] == [True] * 3

    def test_an_answer_in_between_counts(self, clock: list[float]) -> None:
        circuit = Circuit()
        for _ in range(3):
            circuit.failed(TimeoutError())
            circuit.answered()
        assert circuit.is_closed

    def test_each_failure_begins_a_new_pause(self, clock: list[float]) -> None:
        circuit = opened()
        clock[0] += PAUSE_SECONDS * 0.9
        circuit.failed(TimeoutError())
        clock[0] += PAUSE_SECONDS * 0.9
        assert not circuit.may_ask()

    def test_a_clock_that_is_set_back_does_not_keep_it_open(self, clock: list[float]) -> None:
        circuit = opened()
        clock[0] -= 3_600
        assert circuit.may_ask()
