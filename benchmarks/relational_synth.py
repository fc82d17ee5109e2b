"""What `ProxiedDatabase` costs to synthesize, against the same by hand: ``python -m benchmarks.relational_synth``.

Both ways make a database with a reader for two functions that are there already, each of which becomes a user of its
own. It is checked that the templates are the same but for their logical ids, and that the same findings of cdk-nag are
acknowledged. Round trips to Node are counted from the first statement about the database to the last; time runs from
there until the template is written, packaging of the code included. The two ways take turns in one process, so that
both meet the same machine, and each turn is compared with its neighbour.
"""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from benchmarks.jsii_round_trips import round_trips
from benchmarks.relational_by_hand import LedgerByHand
from benchmarks.without_ids import without_ids
from constructs_lib import DatabaseEngine, ProxiedDatabase

ROUNDS = 25

Way = Callable[[Stack, ec2.Vpc, lambda_.Function, lambda_.Function], object]


@dataclass(frozen=True, slots=True)
class Synth:
    """What came out of an app, and what it took."""

    template: dict[str, Any]
    acknowledged: list[str]
    round_trips: Counter[str]
    seconds: float


def by_pattern(stack: Stack, vpc: ec2.Vpc, submit: lambda_.Function, report: lambda_.Function) -> None:
    ledger = ProxiedDatabase(stack, "Ledger", vpc=vpc, engine=DatabaseEngine.aurora_postgres("17.9", readers=1))
    ledger.grant_connect(submit)
    ledger.grant_connect(report, "viewer", read_only=True)


def by_hand(stack: Stack, vpc: ec2.Vpc, submit: lambda_.Function, report: lambda_.Function) -> None:
    ledger = without_acknowledgments(stack, vpc, submit, report)
    ledger.acknowledge()


def without_acknowledgments(
    stack: Stack, vpc: ec2.Vpc, submit: lambda_.Function, report: lambda_.Function
) -> LedgerByHand:
    ledger = LedgerByHand(stack, vpc)
    ledger.connect(submit, "app", "read-write")
    ledger.connect(report, "viewer", "read-only")
    return ledger


def synth(way: Way) -> Synth:
    """Make an app with a network and two functions, then the database in one way, and synthesize it."""
    app = App(analytics_reporting=False)
    stack = Stack(app, "Data")
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
    )
    submit, report = (_function(stack, name, vpc) for name in ("Submit", "Report"))
    started = time.perf_counter()
    with round_trips() as counted:
        way(stack, vpc, submit, report)
    folder = Path(app.synth().directory)
    seconds = time.perf_counter() - started
    template = json.loads((folder / "Data.template.json").read_text("utf-8"))
    return Synth(template, acknowledged(folder / "Data.metadata.json"), counted, seconds)


def _function(stack: Stack, id: str, vpc: ec2.Vpc) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        allow_all_outbound=False,
    )


def acknowledged(metadata: Path) -> list[str]:
    entries = (entry for each in json.loads(metadata.read_text("utf-8")).values() for entry in each)
    return sorted(rule for entry in entries if entry["type"] == "aws:cdk:acknowledged-rules" for rule in entry["data"])


def require_same(one: Synth, other: Synth) -> None:
    """Raise `AssertionError` if two synths differ in more than logical ids."""
    changed = set(_by_themselves(one)) ^ set(_by_themselves(other))
    same = without_ids(one.template) == without_ids(other.template)
    assert same, "\n".join(["the templates have drifted apart:", *sorted(changed)])
    assert one.acknowledged == other.acknowledged, "the acknowledged findings have drifted apart"


def _by_themselves(one: Synth) -> list[str]:
    resources: list[str] = without_ids(one.template, hops=1)["Resources"]
    return resources


def main() -> None:
    """Print the ratios; the aim is at most 1.1 for the round trips and 1.05 for the time."""
    pattern, hand = synth(by_pattern), synth(by_hand)
    require_same(pattern, hand)
    unacknowledged = synth(without_acknowledgments).round_trips.total()
    ours, theirs = pattern.round_trips.total(), hand.round_trips.total()
    print(f"round trips to Node: {ours} by the pattern, {theirs} by hand: {ours / theirs:.3f}", end=" ")
    print(f"({unacknowledged} by hand without acknowledgments: {ours / unacknowledged:.3f})")

    ratios = []
    turns: list[Way] = [by_pattern, by_hand]
    for _ in range(ROUNDS):
        seconds = {way: synth(way).seconds for way in turns}
        ratios.append(seconds[by_pattern] / seconds[by_hand])
        turns.reverse()
    print(f"time of a synth, by the pattern / by hand: {statistics.median(ratios):.3f} (median of {ROUNDS} pairs)")


if __name__ == "__main__":
    main()
