"""An alarm of something that should have happened again by now."""

from datetime import timedelta
from math import ceil

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.services.alarm import alarm

_HOUR = timedelta(hours=1)
_LONGEST = timedelta(hours=83)
"""CloudWatch looks back for seven days at most, twice this and two hours (PutMetricAlarm)."""


def late_alarm(
    scope: Construct,
    *,
    succeeded: cloudwatch.Metric,
    gap: timedelta | None,
    tells: str,
    topic: sns.ITopic | None,
) -> cloudwatch.Alarm | None:
    """Raise an alarm after two times without success; one that is missed is made up for by the next.

    Args:
        scope: the construct that the alarm is about.
        succeeded: counts successes, by the hour.
        gap: the longest time from one to the next. Where it is not known or above three days there is no alarm.
        tells: what is wrong and what to do, with ``{hours}`` for how long.
        topic: is told; None raises the alarm without telling anyone.
    """
    if gap is None or gap > _LONGEST:
        return None
    hours = ceil(2 * gap / _HOUR) + 2
    return alarm(
        scope,
        "Late",
        metric=succeeded,
        below=1,
        periods=hours,
        missing=cloudwatch.TreatMissingData.BREACHING,
        tells=tells.format(hours=hours),
        topic=topic,
    )
