"""The alarms that somebody on call wants of a table, each with what to do."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.items.metrics import TableMetrics
from constructs_lib.services.alarm import alarm

_THROTTLED = (
    "requests have been refused in 3 of 5 minutes for want of capacity. Look which key or index is hot "
    "(contributor_insights), then raise the bounds or the maximum of its capacity, or spread the key."
)
_FAILED = (
    "DynamoDB has failed to answer requests in 3 of 5 minutes, by its own fault. SDKs try again by themselves; see the "
    "AWS Health Dashboard."
)
_BEHIND = (
    "the replica in {region} has been a minute behind in 3 of 5 minutes: what is read there is old. See the AWS Health "
    "Dashboard, and whether writes are throttled in that region."
)
_MINUTE = 60_000  # milliseconds; a change takes about a second as a rule


def table_alarms(
    scope: Construct, *, table: dynamodb.ITable, replicas: Iterable[str], topic: sns.ITopic
) -> dict[str, cloudwatch.Alarm]:
    """Raise alarms of a table, and tell a topic of each and of its end.

    An alarm costs 0.10 US$ a month for each metric. The first two watch ten operations each: 2 US$ a month together.

    Args:
        scope: the construct that the table belongs to.
        table: the table.
        replicas: the regions that it is copied to.
        topic: who is told.

    Returns:
        The alarms: ``throttled_requests``, ``system_errors``, and ``replication_to_<region>`` of each replica.
    """
    metrics = TableMetrics(table)
    watched: dict[str, tuple[cloudwatch.IMetric, float, str]] = {
        "throttled_requests": (metrics.throttled_requests(), 0, _THROTTLED),
        "system_errors": (metrics.system_errors(), 0, _FAILED),
    }
    for region in replicas:
        latency = metrics.replication_latency(region)
        watched[f"replication_to_{region}"] = (latency, _MINUTE, _BEHIND.format(region=region))
    return {
        name: alarm(
            scope,
            "".join(word.capitalize() for word in name.replace("-", "_").split("_")) + "Alarm",
            metric=metric,
            above=above,
            periods=5,
            breaching=3,
            tells=tells,
            topic=topic,
        )
        for name, (metric, above, tells) in watched.items()
    }
