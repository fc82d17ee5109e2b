"""Capacity: what a table and its indexes may take, by request or by the hour."""

from typing import Any

import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.aws_scheduler import ScheduleExpression

from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.items.indexes import Index
from tests.items.tables import index, made, refusal, replica

PROVISIONED = Capacity.provisioned(read=Scaling(5, 100), write=Scaling(2, 40, target=50))


def settings(low: int, high: int, target: int) -> dict[str, Any]:
    # The seed lets a table that is on demand become a provisioned one.
    policy = {"TargetValue": target}
    return {
        "MinCapacity": low,
        "MaxCapacity": high,
        "SeedCapacity": low,
        "TargetTrackingScalingPolicyConfiguration": policy,
    }


def reads(of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = of["ReadProvisionedThroughputSettings"]["ReadCapacityAutoScalingSettings"]
    return found


def writes(of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = of["WriteProvisionedThroughputSettings"]["WriteCapacityAutoScalingSettings"]
    return found


def test_by_default_requests_are_taken_as_they_come() -> None:
    table = made()
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert not {"WriteOnDemandThroughputSettings", "WriteProvisionedThroughputSettings"} & set(table)
    assert "ReadOnDemandThroughputSettings" not in replica(table)


def test_on_demand_up_to_a_maximum_which_indexes_have_too() -> None:
    table = made(capacity=Capacity.on_demand(max_read=300, max_write=200), indexes={"ByOwner": "owner"})
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    for each in ({**table, **replica(table)}, index(table, "ByOwner")):
        assert each["ReadOnDemandThroughputSettings"] == {"MaxReadRequestUnits": 300}
        assert each["WriteOnDemandThroughputSettings"] == {"MaxWriteRequestUnits": 200}


def test_an_index_on_demand_has_a_maximum_of_its_own() -> None:
    own = Index("owner", capacity=Capacity.on_demand(max_read=7, max_write=9))
    by_owner = index(made(capacity=Capacity.on_demand(300, 200), indexes={"ByOwner": own}), "ByOwner")
    assert by_owner["ReadOnDemandThroughputSettings"] == {"MaxReadRequestUnits": 7}
    assert by_owner["WriteOnDemandThroughputSettings"] == {"MaxWriteRequestUnits": 9}


def test_provisioned_capacity_follows_what_is_used_in_indexes_too() -> None:
    table = made(capacity=PROVISIONED, indexes={"ByOwner": "owner"})
    assert table["BillingMode"] == "PROVISIONED"
    for each in ({**table, **replica(table)}, index(table, "ByOwner")):
        assert reads(each) == settings(5, 100, 70)
        assert writes(each) == settings(2, 40, 50)


def test_bounds_may_be_one_number() -> None:
    table = made(capacity=Capacity.provisioned(read=Scaling(7, 7), write=Scaling(1, 1)))
    assert reads(replica(table)) == settings(7, 7, 70)


def test_an_index_scales_between_bounds_of_its_own() -> None:
    own = Capacity.provisioned(read=Scaling(1, 2, target=90), write=Scaling(3, 4, target=20))
    table = made(capacity=PROVISIONED, indexes={"ByOwner": Index("owner", capacity=own), "ByState": "state"})
    assert reads(index(table, "ByOwner")) == settings(1, 2, 90)
    assert writes(index(table, "ByOwner")) == settings(3, 4, 20)
    assert reads(index(table, "ByState")) == settings(5, 100, 70)


def test_what_a_table_takes_from_its_first_second_on() -> None:
    warm = dynamodb.WarmThroughput(read_units_per_second=15_000, write_units_per_second=5_000)
    table = made(warm_throughput=warm, indexes={"ByOwner": Index("owner", warm_throughput=warm)})
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 15_000, "WriteUnitsPerSecond": 5_000}
    assert index(table, "ByOwner")["WarmThroughput"] == table["WarmThroughput"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Capacity.on_demand(max_read=0), "max_read must be 1 to 2147483647 units, got 0 (AWS::DynamoDB::Glob"),
        (lambda: Capacity.on_demand(max_write=1.5), "max_write must be 1 to 2147483647 units, got 1.5"),  # type: ignore[arg-type]
        (lambda: Scaling(0, 5), "min must be 1 to 2147483647 units, got 0"),
        (lambda: Scaling(1, 0), "max must be 1 to 2147483647 units, got 0"),
        (lambda: Scaling(6, 5), "min must be at most max, which is 5, got 6"),
        (lambda: Scaling(1, 5, target=19), "target must be 20 to 90 percent, got 19 (Managing throughput capacity"),
        (lambda: Scaling(1, 5, target=91), "got 91"),
        (lambda: Capacity.provisioned(read=5, write=Scaling(1, 5)), "read must be a Scaling, got 5"),  # type: ignore[arg-type]
        (lambda: Capacity.provisioned(read=Scaling(1, 5), write=5), "write must be a Scaling, got 5"),  # type: ignore[arg-type]
        (lambda: Scaling(1, 5).at(ScheduleExpression.cron(hour="8"), min=0, max=5), "min must be 1 to"),
        (lambda: Scaling(1, 5).at(ScheduleExpression.cron(hour="8"), min=6, max=5), "min must be at most max"),
        (lambda: Scaling(1, 5).at("cron(0 8 * * ? *)", min=1, max=5), "schedule must be a ScheduleExpression"),  # type: ignore[arg-type]
        (
            lambda: made(capacity="on demand"),
            "capacity must be Capacity.on_demand() or Capacity.provisioned(...), got 'on demand'",
        ),
        (
            lambda: made(capacity=PROVISIONED, indexes={"ByOwner": Index("owner", capacity=Capacity.on_demand())}),
            "the capacity of 'ByOwner' must be of the same kind as the table's",
        ),
        (
            lambda: made(indexes={"ByOwner": Index("owner", capacity=PROVISIONED)}),
            "the capacity of 'ByOwner' must be of the same kind as the table's",
        ),
        (
            lambda: made(indexes={"ByOwner": Index("owner", capacity=5)}),  # type: ignore[arg-type]
            "the capacity of 'ByOwner' must be Capacity.on_demand()",
        ),
        (
            lambda: made(warm_throughput=dynamodb.WarmThroughput(read_units_per_second=11_999)),
            "warm_throughput must be 12000 to 2147483647 read units a second, got 11999 (Understanding DynamoDB warm",
        ),
        (
            lambda: made(warm_throughput=dynamodb.WarmThroughput(write_units_per_second=3_999)),
            "warm_throughput must be 4000 to 2147483647 write units a second, got 3999",
        ),
        (
            lambda: made(
                indexes={"ByOwner": Index("owner", warm_throughput=dynamodb.WarmThroughput(read_units_per_second=1))}
            ),
            "warm_throughput of 'ByOwner' must be 12000",
        ),
    ],
)
def test_what_dynamodb_would_refuse_is_refused_before(make: Any, sentence: str) -> None:
    assert sentence in refusal(make)
