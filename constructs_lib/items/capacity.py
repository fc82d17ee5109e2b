"""How much a table may be read and written, and how that is paid: by request, or by the hour."""

from dataclasses import dataclass, replace

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_scheduler as scheduler

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.quotas import DYNAMODB_CAPACITY, DYNAMODB_TARGET_UTILIZATION


@dataclass(frozen=True, slots=True)
class ScheduledBounds:
    """What `Scaling.at` adds."""

    schedule: scheduler.ScheduleExpression
    min: int
    max: int

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what Application Auto Scaling refuses."""
        require_kind("schedule", self.schedule, scheduler.ScheduleExpression, "Schedule types in EventBridge Scheduler")
        _require_bounds(self.min, self.max)


@dataclass(frozen=True, slots=True)
class Scaling:
    """Two bounds between which provisioned capacity follows what is used.

    Args:
        min: units that are always ready, at least 1. One unit reads 4 KB a second strongly consistently, 8 KB
            eventually, or writes 1 KB (DynamoDB provisioned capacity mode).
        max: units at most; above them requests are throttled.
        target: how much of the capacity shall be in use, 20 to 90 percent; the lower, the more room for a sudden rise.
        scheduled: other bounds from given times on; see `at`.

    Raises:
        InvalidArgument: bounds that are no whole numbers of at least 1 or in the wrong order, or a target out of range.
    """

    min: int
    max: int
    target: int = 70
    scheduled: tuple[ScheduledBounds, ...] = ()

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what Application Auto Scaling refuses."""
        _require_bounds(self.min, self.max)
        require_within("target", self.target, DYNAMODB_TARGET_UTILIZATION)

    def at(self, schedule: scheduler.ScheduleExpression, *, min: int, max: int) -> "Scaling":
        """Add bounds that hold from a time on, until the next such time.

        ``Scaling(5, 100).at(eight, min=50, max=400).at(eighteen, min=5, max=100)``, where ``eight`` is, for example,
        ``ScheduleExpression.cron(hour="8", minute="0", week_day="MON-FRI", time_zone=TimeZone.EUROPE_BERLIN)``.

        Args:
            schedule: when; to the minute.
            min: the new lower bound; capacity below it is raised at once.
            max: the new upper bound; capacity above it is lowered at once.

        Returns:
            A copy with these bounds added.

        Raises:
            InvalidArgument: bounds as above, or a schedule of another kind.
        """
        return replace(self, scheduled=(*self.scheduled, ScheduledBounds(schedule, min, max)))


class Capacity:
    """How much a table, or an index of it, may be read and written: `on_demand` or `provisioned`."""

    @staticmethod
    def on_demand(max_read: int | None = None, max_write: int | None = None) -> "OnDemand":
        """Take requests as they come and pay each of them; idle it costs nothing.

        Args:
            max_read: read request units a second that are answered at most, a limit on what a mistake can cost; None
                sets none but the account's (DynamoDB maximum throughput for on-demand tables).
            max_write: the same of write request units.

        Raises:
            InvalidArgument: a maximum that is no whole number of at least 1.
        """
        return OnDemand(max_read, max_write)

    @staticmethod
    def provisioned(*, read: Scaling, write: Scaling) -> "Provisioned":
        """Keep capacity ready and pay it by the hour, used or not; it follows what is used between two bounds.

        Cheaper than `on_demand` where traffic is steady. DynamoDB scales up within minutes of a rise, so what comes
        faster is throttled, unless a time for it is set by `Scaling.at`.

        Args:
            read: the bounds of read capacity, such as ``Scaling(5, 100)``.
            write: the bounds of write capacity.

        Raises:
            InvalidArgument: a bound that is no `Scaling`.
        """
        return Provisioned(read, write)


@dataclass(frozen=True, slots=True)
class OnDemand(Capacity):
    """What `Capacity.on_demand` returns."""

    max_read: int | None
    max_write: int | None

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for a maximum of nothing."""
        for name, value in (("max_read", self.max_read), ("max_write", self.max_write)):
            if value is not None:
                require_within(name, value, DYNAMODB_CAPACITY)


ON_DEMAND = Capacity.on_demand()


@dataclass(frozen=True, slots=True)
class Provisioned(Capacity):
    """What `Capacity.provisioned` returns."""

    read: Scaling
    write: Scaling

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what does not scale."""
        require_kind("read", self.read, Scaling, DYNAMODB_CAPACITY.source)
        require_kind("write", self.write, Scaling, DYNAMODB_CAPACITY.source)


def require_capacity(argument: str, capacity: Capacity) -> None:
    """Raise `InvalidArgument` unless a value is of one of the two kinds."""
    rule = "be Capacity.on_demand() or Capacity.provisioned(...)"
    is_kind = isinstance(capacity, (OnDemand, Provisioned))
    require(is_kind, argument, rule, capacity, "DynamoDB throughput capacity")


def billing_of(capacity: Capacity) -> dynamodb.Billing:
    """Render the capacity of a table."""
    if isinstance(capacity, Provisioned):
        return dynamodb.Billing.provisioned(
            read_capacity=autoscaled(capacity.read), write_capacity=autoscaled(capacity.write)
        )
    assert isinstance(capacity, OnDemand)  # noqa: S101 - there is no third kind
    return dynamodb.Billing.on_demand(
        max_read_request_units=capacity.max_read, max_write_request_units=capacity.max_write
    )


def autoscaled(scaling: Scaling) -> dynamodb.Capacity:
    """Render bounds."""
    return dynamodb.Capacity.autoscaled(
        min_capacity=scaling.min,
        max_capacity=scaling.max,
        target_utilization_percent=scaling.target,
        # Without it a table that is on demand could not become a provisioned one.
        seed_capacity=scaling.min,
    )


def _require_bounds(low: int, high: int) -> None:
    require_within("min", low, DYNAMODB_CAPACITY)
    require_within("max", high, DYNAMODB_CAPACITY)
    require(low <= high, "min", f"be at most max, which is {high}", low, DYNAMODB_CAPACITY.source)
