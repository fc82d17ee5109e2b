"""What a schedule says of the times between two runs."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from aws_cdk import aws_scheduler as scheduler

from constructs_lib.arguments import is_token

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_STEP = re.compile(r"(?:\*|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/(?P<step>\d+))?")
_DAY = timedelta(days=1)


def is_cron(schedule: scheduler.ScheduleExpression) -> bool:
    """Tell whether a schedule names times of the day."""
    return schedule.expression_string.startswith("cron(")


def shortest_gap(schedule: scheduler.ScheduleExpression) -> timedelta | None:
    """Return the shortest time between two runs; None if there is one run only, or the schedule is not known yet."""
    return min(_gaps(schedule.expression_string), default=None)


def longest_gap(schedule: scheduler.ScheduleExpression) -> timedelta | None:
    """Return the longest time between two runs; None also for a schedule that leaves out days."""
    expression = schedule.expression_string
    cron = _CRON.fullmatch(expression)
    is_daily = cron is None or set(cron.groups()[2:]) <= {"*", "?"}
    return max(_gaps(expression), default=None) if is_daily else None


def _gaps(expression: str) -> list[timedelta]:
    """List the times between one run and the next, where days are left out as if they were not."""
    if is_token(expression):
        return []
    if rate := _RATE.fullmatch(expression):
        return [timedelta(**{f"{rate[2]}s": int(rate[1])})]
    if not (cron := _CRON.fullmatch(expression)):
        return []
    minutes, hours = [*_values(cron[1], 60)], [*_values(cron[2], 24)]
    times = sorted({timedelta(hours=hour, minutes=minute) for hour in hours for minute in minutes})
    return [later - earlier for earlier, later in pairwise([*times, times[0] + _DAY])] if times else []


def _values(field: str, count: int) -> Iterator[int]:
    """Read a field of minutes or hours, such as ``0``, ``*/20``, ``8-18`` or ``0,30``."""
    for part in field.split(","):
        if each := _STEP.fullmatch(part):
            first = int(each["first"] or 0)
            is_open = each["first"] is None or each["step"]
            last = int(each["last"] or (count - 1 if is_open else first))
            yield from range(first, last + 1, int(each["step"] or 1))
