"""Many tables cost as much as one table many times, and each is the same as by hand."""

from dataclasses import replace

import pytest

from benchmarks.item_tables import (
    TABLES_IN_A_STACK,
    Way,
    synth,
    table_by_pattern,
    without_what_alarms_say,
)
from benchmarks.item_tables_by_hand import TableByHand
from benchmarks.relational_synth import Synth, require_same
from tests.statements import resources


@pytest.fixture(scope="module")
def pattern() -> Synth:
    return synth(table_by_pattern, 1)


@pytest.fixture(scope="module")
def hand() -> Synth:
    return synth(TableByHand, 1)


def test_both_make_the_same(pattern: Synth, hand: Synth) -> None:
    assert set(pattern.template["Resources"]) != set(hand.template["Resources"])
    require_same(without_what_alarms_say(pattern), without_what_alarms_say(hand))


def test_only_what_alarms_say_may_differ(pattern: Synth, hand: Synth) -> None:
    with pytest.raises(AssertionError, match="AlarmDescription"):
        require_same(pattern, hand)
    plain = without_what_alarms_say(pattern)
    for alarm in resources(plain.template, "AWS::CloudWatch::Alarm").values():
        alarm["Threshold"] += 1
    with pytest.raises(AssertionError, match="drifted apart"):
        require_same(plain, without_what_alarms_say(hand))
    with pytest.raises(AssertionError, match="findings"):
        require_same(without_what_alarms_say(replace(pattern, acknowledged=[])), without_what_alarms_say(hand))


@pytest.mark.parametrize("way", [table_by_pattern, TableByHand])
def test_round_trips_grow_with_the_tables_and_no_faster(way: Way) -> None:
    """The first in a stack costs a little more: it lets CloudWatch into the topic."""
    first, two = (synth(way, tables).round_trips for tables in (1, 2))
    many = TABLES_IN_A_STACK + 2  # in two stacks
    expected = {kind: 2 * first[kind] + (many - 2) * (two[kind] - first[kind]) for kind in two}
    assert synth(way, many).round_trips == expected


def test_each_table_has_a_place_of_its_own() -> None:
    synthesized = synth(table_by_pattern, TABLES_IN_A_STACK + 2).template
    assert len(resources(synthesized, "AWS::DynamoDB::GlobalTable")) == TABLES_IN_A_STACK
    assert len(resources(synthesized, "AWS::Lambda::EventSourceMapping")) == TABLES_IN_A_STACK


def test_the_pattern_needs_at_most_so_many_more_round_trips(pattern: Synth, hand: Synth) -> None:
    one, by_hand = pattern.round_trips.total(), hand.round_trips.total()
    assert one <= 1.48 * by_hand
    each_further = synth(table_by_pattern, 2).round_trips.total() - one
    assert each_further <= 1.35 * by_hand
