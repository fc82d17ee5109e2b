"""The relational pattern costs little more to synthesize than the same template by hand, and it is the same one."""

from copy import deepcopy
from dataclasses import replace

import pytest
from aws_cdk import Duration

from benchmarks.jsii_round_trips import round_trips
from benchmarks.relational_synth import Synth, by_hand, by_pattern, require_same, synth
from benchmarks.without_ids import without_ids


@pytest.fixture(scope="module")
def pattern() -> Synth:
    return synth(by_pattern)


@pytest.fixture(scope="module")
def hand() -> Synth:
    return synth(by_hand)


def test_both_make_the_same(pattern: Synth, hand: Synth) -> None:
    assert "LedgerProxy85A1A9FA" in pattern.template["Resources"]
    assert "LedgerProxy85A1A9FA" not in hand.template["Resources"]
    require_same(pattern, hand)


def test_the_pattern_needs_at_most_a_tenth_more_round_trips(pattern: Synth, hand: Synth) -> None:
    assert pattern.round_trips.total() <= 1.1 * hand.round_trips.total()


def test_what_differs_in_a_property_is_not_the_same(pattern: Synth) -> None:
    other = deepcopy(pattern.template)
    other["Resources"]["LedgerProxy85A1A9FA"]["Properties"]["RequireTLS"] = False
    with pytest.raises(AssertionError, match=r'drifted apart:\n.*"RequireTLS": false.*\n.*"RequireTLS": true'):
        require_same(pattern, replace(pattern, template=other))


def test_what_differs_in_an_acknowledgment_is_not_the_same(pattern: Synth) -> None:
    assert "AwsSolutions::AwsSolutions-RDS11" in pattern.acknowledged
    with pytest.raises(AssertionError, match="findings"):
        require_same(pattern, replace(pattern, acknowledged=pattern.acknowledged[1:]))


def test_ids_say_nothing_but_what_they_lead_to_does() -> None:
    def template(reader: str, writer: str, read: str) -> dict[str, object]:
        """Two groups that differ in what they depend on, and a role that names one of them."""
        return {
            "Resources": {
                reader: {"Type": "Group", "DependsOn": [writer]},
                writer: {"Type": "Group"},
                "Role": {"Type": "Role", "Properties": {"Of": {"Ref": read}}, "DependsOn": sorted([reader, writer])},
            }
        }

    one = without_ids(template("A", "B", read="A"))
    assert one == without_ids(template("Y", "X", read="Y"))
    assert one != without_ids(template("A", "B", read="B"))


def test_each_call_is_counted_once_by_its_kind() -> None:
    with round_trips() as counted:
        Duration.minutes(1).to_seconds()
    Duration.minutes(2)
    assert counted == {"StaticInvoke": 1, "Invoke": 1}
