"""The windows of incremental exports, over a year of schedules: the template's own definition, run state by state.

Runs are early, late, missed for weeks, doubled, and broken off at any state; calls err before and after they took
effect, exports fail, and clocks disagree. Whatever happens, what was exported is the table's whole history.
"""

import heapq
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3

from constructs_lib.items.table_export import TableExport
from constructs_lib.testing import template_of
from tests.items.fake_exports import BEGIN, TABLE, FakeExports
from tests.items.state_machine import Run
from tests.items.stream_forms import stack_of, table_in
from tests.statements import only

Data = dict[str, Any]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def definition() -> Data:
    """The machine of a template, in which the table and the bucket have names."""
    stack = stack_of()
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "orders-exports")
    TableExport(stack, "Export", table=table_in(stack), bucket=bucket, schedule=Duration.days(1), incremental=True)
    text = only(template_of(stack), "AWS::StepFunctions::StateMachine")["DefinitionString"]
    parsed: Data = json.loads("".join(map(_named, text["Fn::Join"][1])))
    return parsed


def _named(part: Any) -> str:
    if isinstance(part, str):
        return part
    if "Fn::GetAtt" in part:
        return TABLE
    return "aws" if part["Ref"] == "AWS::Partition" else "cursor"


class Year:
    """A world in which a schedule starts the machine, and all that can go wrong does."""

    def __init__(self, definition: Data, *, seed: int, every: timedelta, trouble: bool = True) -> None:
        self.random = Random(seed)
        self.definition, self.every, self.trouble = definition, every, trouble
        self.dynamodb = FakeExports(self.random, failing=0.1 * trouble, erring=0.02 * trouble)
        self.runs: list[Run] = []
        self.orphaned: set[str] = set()
        """Exports of which the run did not live to keep the name."""
        self.bases = 1
        self.last_success = BEGIN
        self._events: list[tuple[Any, int, Any]] = []
        self._numbers = count()

    def live(self, days: int = 365) -> "Year":
        for time in self._times(days):
            self._start(time)
        while self._events:
            self.dynamodb.now, _, event = heapq.heappop(self._events)
            self._go_on(*event)
        return self

    def _times(self, days: int) -> Iterator[datetime]:
        time, end = self.dynamodb.now, self.dynamodb.now + timedelta(days=days)
        while time < end:
            time += self.every
            chance = self.random.random() if self.trouble else 1.0
            if chance < 0.02:
                time += self.random.uniform(1, 20) * DAY  # An outage.
            elif chance < 0.1:
                continue  # Missed.
            skewed = time + self.random.uniform(-2, 10) * MINUTE * self.trouble
            yield skewed
            if chance < 0.2:
                yield skewed + self.random.uniform(0, 90) * MINUTE  # Twice.

    def _start(self, time: datetime, given: Data | None = None) -> None:
        run = Run(self.definition, self.dynamodb, given)
        self.runs.append(run)
        heapq.heappush(self._events, (time, next(self._numbers), (run, run.states(), time)))

    def _go_on(self, run: Run, states: Iterator[float], began: datetime) -> None:
        if self.dynamodb.now - began > timedelta(seconds=self.definition["TimeoutSeconds"]):
            run.status = "TIMED_OUT"
            return
        if self.trouble and self.random.random() < 0.003:
            if run.state == "Keep" and self.dynamodb.exports:
                self.orphaned.add(self.dynamodb.exports[-1].token)
            return  # Broken off.
        seconds = next(states, None)
        if seconds is not None:
            pause = timedelta(seconds=seconds + self.random.uniform(0.01, 2))
            heapq.heappush(self._events, (self.dynamodb.now + pause, next(self._numbers), (run, states, began)))
        elif run.status == "SUCCEEDED":
            self.last_success = self.dynamodb.now
            self._check_end(began)
        elif run.error == "OutsideRecoveryWindow":
            self.bases += 1
            self._start(self.dynamodb.now + HOUR, {"start_over": True})

    def _check_end(self, began: datetime) -> None:
        """See that a run which succeeds has left nothing to the next but what could not be exported yet."""
        assert self.dynamodb.cursor
        exported_to = json.loads(self.dynamodb.cursor["state"]["S"]).get("exported_to")
        # Five minutes are not recoverable yet, a host lags, and less than a quarter of an hour is no window.
        assert exported_to is None or began - datetime.fromisoformat(exported_to) < 25 * MINUTE, exported_to

    def history(self) -> list[tuple[datetime | None, datetime]]:
        """The windows, each once, in the order in which they were asked for."""
        return list(dict.fromkeys(export.window for export in self.dynamodb.exports))

    def check(self) -> None:
        """See that each window begins where the last ended, and was exported, once."""
        windows = self.history()
        assert windows, "nothing was exported"
        assert windows[0][0] is None
        for (_, last), (begin, _) in pairwise(windows):
            assert begin in (None, last), f"a gap or an overlap: {last} to {begin}"
        assert [begin for begin, _ in windows].count(None) <= self.bases
        whole = Counter(export.window for export in self.dynamodb.exports if not export.fails)
        # The last of all may be in the works or failing; so the last before the whole table was exported again.
        done = {window for window, (begin, _) in pairwise(windows) if begin is not None}
        assert set(whole) >= done
        twice = {window for window, times in whole.items() if times > 1}
        assert twice <= {each.window for each in self.dynamodb.exports if each.token in self.orphaned}
        lived = self.dynamodb.now - BEGIN
        assert self.last_success > BEGIN + lived / 2, "no run has succeeded for long"


@pytest.mark.parametrize(
    ("every", "days", "seeds"),
    [(15 * MINUTE, 12, 1), (HOUR, 45, 1), (6 * HOUR, 180, 1), (DAY, 365, 2), (7 * DAY, 365, 4), (20 * DAY, 365, 8)],
)
def test_no_gap_no_overlap_never_outside_the_recovery_window(
    definition: Data, every: timedelta, days: int, seeds: int
) -> None:
    for seed in range(seeds):
        Year(definition, seed=seed, every=every).live(days).check()


def _live_and_check(years: list[Year]) -> None:
    for year, days in zip(years, (60, 2, 365), strict=True):
        year.live(days).check()


@pytest.mark.parametrize(
    ("state", "text", "instead"),
    [
        ("MeasureWindow", "+ 86400000", "+ 90000000"),
        ("MeasureWindow", "+ 900000", "+ 0"),
        ("PlanWindow", "'from': $cursor.exported_to", "'from': $fromMillis($toMillis($cursor.exported_to) + 60000)"),
        ("PlanWindow", "'from': $cursor.exported_to", "'from': $fromMillis($toMillis($cursor.exported_to) - 60000)"),
        ("PlanWindow", "'from': $cursor.exported_to, ", ""),
        ("AskRecoveryWindow", "* 60000", "* 60001"),
        (
            "AskRecoveryWindow",
            "LatestRestorableDateTime) / 60000) * 60000",
            "LatestRestorableDateTime) / 60000) * 60000 + 600000",
        ),
        ("WhatNext", "< $earliest", "< 0"),
        ("WhatNext", "$exists($cursor.export)", "false"),
        ("Keep", "revision = :read", "anything"),
        ("IsItDone", "'FAILED'", "'NEVER'"),
        ("IsItDone", "$status = 'COMPLETED'", "true"),
        ("Advance", "$cursor.window.to", "$fromMillis($until)"),
    ],
)
def test_another_definition_would_not_pass(definition: Data, state: str, text: str, instead: str) -> None:
    """What stands in the definition is needed: without it, a year goes wrong somewhere."""
    written = json.dumps(definition["States"][state])
    assert text in written
    states = definition["States"] | {state: json.loads(written.replace(text, instead))}
    other = definition | {"States": states}
    years = [Year(other, seed=1, every=every) for every in (DAY, 15 * MINUTE, 20 * DAY)]
    with pytest.raises(AssertionError):
        _live_and_check(years)


class Alone:
    """A machine of which one run follows the other, without trouble."""

    def __init__(self, definition: Data, **dynamodb: Any) -> None:
        self.definition, self.dynamodb = definition, FakeExports(Random(1), **dynamodb)

    def run(self, given: Data | None = None, *, after: timedelta = MINUTE) -> Run:
        self.dynamodb.now += after
        run = Run(self.definition, self.dynamodb, given)
        for seconds in run.states():
            self.dynamodb.now += timedelta(seconds=seconds + 0.5)
        return run

    @property
    def windows(self) -> list[tuple[datetime | None, datetime]]:
        return [export.window for export in self.dynamodb.exports]


def test_the_first_run_exports_the_whole_table(definition: Data) -> None:
    alone = Alone(definition)
    assert alone.run().status == "SUCCEEDED"
    ((begin, end),) = alone.windows
    assert begin is None
    assert timedelta(minutes=5) <= alone.dynamodb.exports[0].asked_at - end < 10 * MINUTE


def test_a_run_after_missed_ones_catches_up(definition: Data) -> None:
    alone = Alone(definition)
    alone.run()
    alone.run(after=2 * DAY + 6 * HOUR)
    _, first, second, third = alone.windows
    assert [end - begin for begin, end in (first, second) if begin] == [DAY, DAY]
    assert third[0] == second[1]
    assert third[1] - second[1] < 7 * HOUR


def test_less_than_a_quarter_of_an_hour_is_left_to_the_next_run(definition: Data) -> None:
    alone = Alone(definition)
    alone.run()
    assert alone.run(after=5 * MINUTE).status == "SUCCEEDED"
    assert len(alone.windows) == 1
    alone.run(after=20 * MINUTE)
    assert alone.windows[1][0] == alone.windows[0][1]


def test_a_table_of_which_nothing_is_recoverable_yet_has_nothing_to_export(definition: Data) -> None:
    alone = Alone(definition, now=BEGIN)
    assert alone.run().status == "SUCCEEDED"
    assert alone.windows == []
    alone.run(after=20 * MINUTE)
    assert len(alone.windows) == 1


def test_an_export_that_fails_is_tried_three_times_a_run_and_again_by_the_next(definition: Data) -> None:
    alone = Alone(definition)
    alone.run()
    alone.dynamodb.failing = 1.0
    failed = alone.run(after=DAY)
    assert (failed.status, failed.error) == ("FAILED", "ExportFailed")
    assert "tries the same window again" in failed.cause
    assert len({export.token for export in alone.dynamodb.exports}) == 4
    assert len(set(alone.windows)) == 2
    alone.dynamodb.failing = 0.0
    assert alone.run(after=HOUR).status == "SUCCEEDED"
    assert alone.windows[4] == alone.windows[3]


def test_changes_that_were_lost_fail_every_run_until_one_starts_over(definition: Data) -> None:
    alone = Alone(definition)
    alone.run()
    for _ in range(2):
        lost = alone.run(after=36 * DAY)
        assert (lost.status, lost.error) == ("FAILED", "OutsideRecoveryWindow")
        assert '{"start_over": true}' in lost.cause
        assert len(alone.windows) == 1
    assert alone.run({"start_over": True}).status == "SUCCEEDED"
    assert alone.windows[1][0] is None
    alone.run(after=DAY)
    assert alone.windows[2][0] == alone.windows[1][1]


@pytest.mark.parametrize("broken_off_at", ["ExportChanges", "Keep", "LookAtExport", "Wait", "Advance"])
def test_a_run_goes_on_with_the_export_of_one_that_was_broken_off(definition: Data, broken_off_at: str) -> None:
    alone = Alone(definition)
    alone.run()
    alone.dynamodb.now += DAY
    broken = Run(definition, alone.dynamodb)
    for seconds in broken.states():
        alone.dynamodb.now += timedelta(seconds=seconds)
        if broken.state == broken_off_at and len(alone.windows) == 1 + (broken_off_at != "ExportChanges"):
            break
    alone.run()
    assert len(alone.windows) == len(set(alone.windows)) == 2


def test_two_runs_at_once_share_one_export(definition: Data) -> None:
    alone = Alone(definition)
    alone.run()
    alone.dynamodb.now += DAY
    runs = [Run(definition, alone.dynamodb) for _ in range(2)]
    for _ in zip(*(run.states() for run in runs), strict=False):
        alone.dynamodb.now += timedelta(seconds=20)
    assert len(alone.windows) == 2
