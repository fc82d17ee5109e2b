"""When a table is exported."""

from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_scheduler as scheduler

from constructs_lib.arguments import InvalidArgument, require
from constructs_lib.items.schedules import shortest_gap
from constructs_lib.quotas import DYNAMODB_EXPORT_WINDOW

_SOURCE = DYNAMODB_EXPORT_WINDOW.source
_LEAST = timedelta(minutes=DYNAMODB_EXPORT_WINDOW.minimum)


def as_schedule(schedule: scheduler.ScheduleExpression | Duration) -> scheduler.ScheduleExpression:
    """Return the schedule that is meant, a duration being the time between two exports.

    Raises:
        InvalidArgument: neither; no whole minutes; or exports less than 15 minutes apart.
    """
    if isinstance(schedule, Duration):
        minutes = schedule.to_minutes(integral=False)
        require(minutes == int(minutes), "schedule", "be whole minutes", f"{minutes:g} minutes", _SOURCE)
        schedule = scheduler.ScheduleExpression.rate(schedule)
    if not isinstance(schedule, scheduler.ScheduleExpression):
        raise InvalidArgument("schedule", "be a schedule or a duration", schedule, _SOURCE)
    gap = shortest_gap(schedule)
    rule = f"leave at least {DYNAMODB_EXPORT_WINDOW.minimum:g} minutes between two exports"
    require(gap is None or gap >= _LEAST, "schedule", rule, schedule.expression_string, _SOURCE)
    return schedule
