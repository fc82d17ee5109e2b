"""What becomes of a batch of records of which some fail: each one is done or given up, as Lambda would have it."""

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from constructs_lib.local.server.stream_batches import Delivery, Patience, Record, arrived, done_before
from constructs_lib.local.server.stream_failures import failure_message

STREAM, FUNCTION = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders", "arn:aws:lambda:eu-west-1:123456789012:f"


def record(number: int) -> Record:
    inside = {"sequenceNumber": str(number), "approximateArrivalTimestamp": 1_000 + number}
    return {"eventID": f"shardId-7:{number}", "kinesis": inside}


def number(record: Record) -> int:
    return int(record["kinesis"]["sequenceNumber"])


@dataclass
class Function:
    """A function that fails on some records, for a while or for ever."""

    fails: set[int]
    reports: bool = False
    """Whether it says which record failed, or fails as a whole."""
    recovers_after: float = math.inf
    age: float = 0
    calls: list[list[int]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    given_up: list[tuple[list[int], str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def call(self, records: list[Record]) -> int:
        numbers = [number(record) for record in records]
        self.calls.append(numbers)
        bad = [one for one in numbers if one in self.fails] if len(self.calls) <= self.recovers_after else []
        count = (numbers.index(bad[0]) if self.reports else 0) if bad else len(numbers)
        self.done += numbers[:count]
        return count

    def deliver(self, *numbers: int, retries: int = 2, bisects: bool = True, maximum_age: float = math.inf) -> None:
        Delivery(
            patience=Patience(retries=retries, maximum_age=maximum_age, bisects=bisects),
            call=self.call,
            age=lambda _: self.age,
            give_up=lambda records, why: self.given_up.append(([number(record) for record in records], why)),
            pause=self.pauses.append,
        ).of([record(number) for number in numbers])


def test_a_batch_without_a_bad_record_is_one_call() -> None:
    function = Function(fails=set())
    function.deliver(1, 2, 3)
    assert (function.calls, function.given_up) == ([[1, 2, 3]], [])


@pytest.mark.parametrize("reports", [True, False])
@pytest.mark.parametrize("bad", [{1}, {3}, {5}, {1, 5}, {2, 3}, {1, 2, 3, 4, 5}])
def test_each_bad_record_is_given_up_alone_and_the_others_are_done(bad: set[int], reports: bool) -> None:
    function = Function(fails=bad, reports=reports)
    function.deliver(1, 2, 3, 4, 5)
    assert function.done == [one for one in range(1, 6) if one not in bad]
    assert function.given_up == [([one], "RetryAttemptsExhausted") for one in sorted(bad)]


def test_a_record_is_tried_as_often_as_asked_for_with_pauses() -> None:
    function = Function(fails={1})
    function.deliver(1, retries=5)
    assert function.calls == [[1]] * 6
    assert function.pauses == [0.1, 0.2, 0.4, 0.8, 1.0]


def test_a_record_that_gets_better_is_done() -> None:
    function = Function(fails={1}, recovers_after=2)
    function.deliver(1)
    assert (function.calls, function.done, function.given_up) == ([[1]] * 3, [1], [])


def test_a_record_that_is_too_old_is_not_tried_again() -> None:
    function = Function(fails={1}, age=61)
    function.deliver(1, retries=100, maximum_age=60)
    assert (function.calls, function.given_up) == ([[1]], [([1], "MaxRecordAgeExceeded")])


def test_without_bisecting_a_batch_is_given_up_whole() -> None:
    function = Function(fails={2})
    function.deliver(1, 2, 3, bisects=False, retries=1)
    assert (function.calls, function.given_up) == ([[1, 2, 3]] * 2, [([1, 2, 3], "RetryAttemptsExhausted")])


def test_records_before_the_one_that_is_reported_are_not_delivered_again() -> None:
    function = Function(fails={3}, reports=True)
    function.deliver(1, 2, 3, 4, retries=0)
    assert function.calls == [[1, 2, 3, 4], [3, 4], [3], [4]]


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        (None, 3),
        ({}, 3),
        ({"batchItemFailures": []}, 3),
        ({"batchItemFailures": [{"itemIdentifier": "2"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": "9"}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, 0),
        ({"batchItemFailures": [{}]}, 0),
    ],
)
def test_an_answer_names_the_first_record_that_failed(answer: Any, done: int) -> None:
    assert done_before([record(1), record(2), record(3)], answer) == done


def test_a_message_tells_where_the_records_of_kinesis_are() -> None:
    told = failure_message(STREAM, FUNCTION, [record(1), record(2)], "RetryAttemptsExhausted")
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["functionArn"] == FUNCTION
    assert told["KinesisBatchInfo"] == {
        "shardId": "shardId-7",
        "startSequenceNumber": "1",
        "endSequenceNumber": "2",
        "approximateArrivalOfFirstRecord": "1970-01-01T00:16:41+00:00",
        "approximateArrivalOfLastRecord": "1970-01-01T00:16:42+00:00",
        "batchSize": 2,
        "streamArn": STREAM,
    }


def test_a_message_tells_where_the_records_of_a_table_are() -> None:
    change = {"eventID": "a", "dynamodb": {"SequenceNumber": "7", "ApproximateCreationDateTime": 60}}
    told = failure_message(STREAM, FUNCTION, [change], "MaxRecordAgeExceeded")["DDBStreamBatchInfo"]
    assert (told["startSequenceNumber"], told["endSequenceNumber"], told["batchSize"]) == ("7", "7", 1)
    assert told["approximateArrivalOfFirstRecord"] == "1970-01-01T00:01:00+00:00"
    assert arrived(change) == 60
