"""The alarms that somebody on call wants of a cache, each with what to do."""

from aws_cdk import Duration, Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dax as dax
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.services.alarm import alarm

_SUM = cloudwatch.Stats.SUM

# The metric, its statistic over all nodes, what it must not be above, and what the alarm tells.
_WATCHED = {
    "cpu": (
        "CPUUtilization",
        cloudwatch.Stats.MAXIMUM,
        80,
        "the processor of a node has been above 80 % in 3 of 5 minutes; at 100 % requests are throttled. Add nodes for "
        "more reads, or take a larger node type for more writes.",
    ),
    "evictions": (
        "EvictedSize",
        _SUM,
        0,
        "items have been dropped for want of memory, before their time to live was over, in 3 of 5 minutes: they are "
        "read from the table again. Take a larger node type or a shorter time to live; more nodes do not help, since "
        "each holds all.",
    ),
    "errors": (
        "FaultRequestCount",
        _SUM,
        0,
        "requests have failed by DAX's own fault in 3 of 5 minutes. See the cluster's events, and the AWS Health "
        "Dashboard.",
    ),
    "throttles": (
        "ThrottledRequestCount",
        _SUM,
        0,
        "requests have been refused in 3 of 5 minutes, because a node had too many. Add nodes, or take a larger node "
        "type.",
    ),
}


def dax_alarms(scope: Construct, *, cluster: dax.CfnCluster, topic: sns.ITopic) -> dict[str, cloudwatch.Alarm]:
    """Raise alarms of a cluster, and tell a topic of each and of its end (DAX metrics and dimensions).

    Returns:
        The alarms ``cpu``, ``evictions``, ``errors`` and ``throttles``; each costs 0.10 US$ a month.
    """
    # DAX writes names in lower case and puts that into its metrics; the ARN is its own, too.
    dimensions = {"ClusterId": Fn.select(1, Fn.split("/", cluster.attr_arn))}
    minute = Duration.minutes(1)
    return {
        name: alarm(
            scope,
            f"{name.capitalize()}Alarm",
            metric=cloudwatch.Metric(
                namespace="AWS/DAX",
                metric_name=metric,
                dimensions_map=dimensions,
                statistic=statistic,
                period=minute,
            ),
            above=above,
            periods=5,
            # DAX reports what is not zero, and nothing else.
            breaching=3,
            tells=tells,
            topic=topic,
        )
        for name, (metric, statistic, above, tells) in _WATCHED.items()
    }
