"""The alarms of exports: one that failed, and none for too long."""

from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.items.late_alarm import late_alarm
from constructs_lib.services.alarm import alarm


def export_alarms(
    scope: Construct, *, machine: sfn.StateMachine, gap: timedelta | None, topic: sns.ITopic | None
) -> dict[str, cloudwatch.Alarm]:
    """Raise the alarms of a machine that exports, by the names under which they are public.

    Args:
        scope: the construct that they belong to.
        machine: the machine.
        gap: the longest time from one run to the next; None if it is not known.
        topic: is told; None raises the alarms without telling anyone.
    """
    found = {
        "failed": alarm(
            scope,
            "Failed",
            metric=_unsuccessful(machine),
            above=0,
            tells="A run of the export has failed; its execution says why. The next run goes on with the same window, "
            "unless the error is OutsideRecoveryWindow: then run the machine with the input "
            '{"start_over": true}, which exports the whole table again.',
            topic=topic,
        )
    }
    late = late_alarm(
        scope,
        succeeded=machine.metric_succeeded(period=Duration.hours(1), statistic=cloudwatch.Stats.SUM),
        gap=gap,
        tells="No export has succeeded for {hours} hours. Look whether the schedule is enabled, at the dead-letter "
        "queue, and at the machine's executions. What is older than the table's recovery window can no longer be "
        "exported.",
        topic=topic,
    )
    return found | ({"late": late} if late else {})


def _unsuccessful(machine: sfn.StateMachine) -> cloudwatch.MathExpression:
    minutes = Duration.minutes(5)
    return cloudwatch.MathExpression(
        # Not a sum by "+": that has no value while one of them has none.
        expression="SUM(METRICS())",
        using_metrics={
            "failed": machine.metric_failed(period=minutes),
            "aborted": machine.metric_aborted(period=minutes),
            "timedOut": machine.metric_timed_out(period=minutes),
        },
        label="Runs without success",
        period=minutes,
    )
