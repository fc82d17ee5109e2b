"""What many tables cost to synthesize, against the same by hand: ``python -m benchmarks.item_tables``.

Each table has all on that can be on together, alarms, and a function that reads, writes and hears of changes. It is
checked that the templates are the same but for logical ids and for what an alarm says, and that the same findings of
cdk-nag are acknowledged. Stacks, functions, keys and topics are there already. Round trips to Node are counted from the
first table to the last; time runs from there until the templates are written. The two ways take turns in one process,
so that both meet the same machine, and each turn is compared with its neighbour.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import truediv
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from benchmarks.item_tables_by_hand import Place, TableByHand
from benchmarks.jsii_round_trips import round_trips
from benchmarks.relational_synth import Synth, acknowledged, require_same
from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.services.topic_policy import CLOUDWATCH, let_publish

COUNTS = {1: 25, 10: 9, 100: 3}
"""So many tables, in so many rounds."""

TABLES_IN_A_STACK = 10  # CloudFormation takes 500 resources in one

Way = Callable[[Place], object]


def table_by_pattern(place: Place) -> None:
    table = ItemTable(
        place.stack,
        place.id,
        partition_key="pk",
        sort_key="sk",
        ttl_attribute="expires_at",
        indexes={"ByOwner": ("owner", "created_at")},
        local_indexes={"ByDate": "created_at"},
        capacity=Capacity.provisioned(read=Scaling(5, 100), write=Scaling(5, 50)),
        encryption_key=place.key,
        replicas={"eu-west-1": place.replica_key},
        table_name=place.id,
        table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
        contributor_insights=dynamodb.ContributorInsightsMode.ACCESSED_AND_THROTTLED_KEYS,
        warm_throughput=dynamodb.WarmThroughput(read_units_per_second=20_000, write_units_per_second=8_000),
        alarm_topic=place.topic,
    )
    table.grant_read_write(place.function, scan=True)
    table.on_change(place.function)


def synth(way: Way, tables: int) -> Synth:
    """Make stacks with functions, then so many tables in one way, and synthesize them; return the first stack."""
    with TemporaryDirectory(prefix="item-tables-") as out:
        app = App(analytics_reporting=False, outdir=out)
        places = list(_places(app, tables))
        started = time.perf_counter()
        with round_trips() as counted:
            for place in places:
                way(place)
        app.synth()
        seconds = time.perf_counter() - started
        template = json.loads(Path(out, "Data0.template.json").read_text("utf-8"))
        return Synth(template, acknowledged(Path(out, "Data0.metadata.json")), counted, seconds)


def _places(app: App, tables: int) -> Iterator[Place]:
    for first in range(0, tables, TABLES_IN_A_STACK):
        env = Environment(account="123456789012", region="eu-central-1")
        stack = Stack(app, f"Data{first // TABLES_IN_A_STACK}", env=env)
        key = kms.Key(stack, "Key", enable_key_rotation=True)
        arn = "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012"
        replica_key = kms.Key.from_key_arn(stack, "ReplicaKey", arn)
        topic = sns.Topic(stack, "OnCall", enforce_ssl=True)
        let_publish(stack, topic, CLOUDWATCH)
        for number in range(first, min(first + TABLES_IN_A_STACK, tables)):
            function = _function(stack, f"Function{number}")
            yield Place(stack, f"Table{number}", function=function, key=key, replica_key=replica_key, topic=topic)


def _function(stack: Stack, id: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def without_what_alarms_say(one: Synth) -> Synth:
    """Leave the alarms' sentences out, which are the pattern's own."""
    template = json.loads(json.dumps(one.template))
    for resource in template["Resources"].values():
        resource.get("Properties", {}).pop("AlarmDescription", None)
    return replace(one, template=template)


def main() -> None:
    """Print for each number of tables the round trips and the time of one, and the ratios; growth is to be linear."""
    pattern, hand = (without_what_alarms_say(synth(way, 1)) for way in (table_by_pattern, TableByHand))
    require_same(pattern, hand)
    ours, theirs = pattern.round_trips.total(), hand.round_trips.total()
    print(f"round trips to Node for one table: {ours} by the pattern, {theirs} by hand: {ours / theirs:.3f}")

    alone: dict[Way, float] = {}
    for tables, rounds in COUNTS.items():
        trips = synth(table_by_pattern, tables).round_trips.total()
        seconds = _seconds(tables, rounds)
        ratio = statistics.median(map(truediv, seconds[table_by_pattern], seconds[TableByHand]))
        of_one = {way: statistics.median(of_way) / tables for way, of_way in seconds.items()}
        alone = alone or of_one
        growth = {way: of_one[way] / alone[way] for way in of_one}
        print(f"{tables:>3} tables: {trips / tables:.1f} round trips for each;", end=" ")
        print(f"time by the pattern / by hand: {ratio:.3f} (median of {rounds} pairs);", end=" ")
        print(f"time for each / alone: {growth[table_by_pattern]:.2f}, by hand {growth[TableByHand]:.2f}")


def _seconds(tables: int, rounds: int) -> dict[Way, list[float]]:
    """Take turns, and return what each took."""
    turns: list[Way] = [table_by_pattern, TableByHand]
    seconds: dict[Way, list[float]] = {way: [] for way in turns}
    for _ in range(rounds):
        for way in turns:
            seconds[way].append(synth(way, tables).seconds)
        turns.reverse()
    return seconds


if __name__ == "__main__":
    main()
