"""What CloudWatch measures of a database and its proxy, each with the statistic and the period that mean something.

All of it is measured each minute. The proxy's figures come from each of the machines that it consists of, so their
``Sum`` is the proxy's, and only within one minute: the sum over five is five times as much.
"""

from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_rds as rds

from constructs_lib.arguments import InvalidArgument, require_one_of
from constructs_lib.relational.backend import AnyDatabase, is_cluster

Role = Literal["READ_WRITE", "READ_ONLY"]

_PROXY = "Monitoring RDS Proxy metrics with Amazon CloudWatch"
_AURORA = "Amazon CloudWatch metrics for Amazon Aurora"
_INSTANCE = "Amazon CloudWatch metrics for Amazon RDS"
_TARGET_GROUP = "default"  # the one that a proxy has


def client_connections(proxy: rds.IDatabaseProxy) -> cloudwatch.IMetric:
    """Count the connections that clients keep to the proxy (``ClientConnections``)."""
    return _of_proxy(proxy, "ClientConnections", statistic=cloudwatch.Stats.SUM)


def connections_in_use(proxy: rds.IDatabaseProxy, *, role: Role = "READ_WRITE") -> cloudwatch.IMetric:
    """Say how many of the connections that the proxy may open to the database are lent to clients, in percent.

    It is ``DatabaseConnectionsCurrentlyBorrowed`` of ``MaxDatabaseConnectionsAllowed``: what the proxy merely keeps
    open does not count. At 100 percent clients wait, up to the borrow timeout.

    Args:
        proxy: the proxy.
        role: of the writer, ``READ_WRITE``, or of the readers, ``READ_ONLY``. Both together would hide a writer that
            is at its limit behind readers that nobody uses.

    Raises:
        InvalidArgument: another role.
    """
    require_one_of("role", role, ("READ_WRITE", "READ_ONLY"), _PROXY)
    dimensions = {"TargetGroup": _TARGET_GROUP, "TargetRole": role}
    return cloudwatch.MathExpression(
        expression="100 * borrowed / allowed",
        using_metrics={
            name: _of_proxy(proxy, metric, statistic=cloudwatch.Stats.SUM, **dimensions)
            for name, metric in (
                ("borrowed", "DatabaseConnectionsCurrentlyBorrowed"),
                ("allowed", "MaxDatabaseConnectionsAllowed"),
            )
        },
        label="Connections in use (%)",
        period=Duration.minutes(1),
    )


def borrow_latency(proxy: rds.IDatabaseProxy) -> cloudwatch.IMetric:
    """Average how long a client waits for a connection, in microseconds (``DatabaseConnectionsBorrowLatency``)."""
    return _of_proxy(proxy, "DatabaseConnectionsBorrowLatency", statistic=cloudwatch.Stats.AVERAGE)


def cpu(database: AnyDatabase) -> cloudwatch.IMetric:
    """Measure the processor, in percent: of a cluster, its busiest instance (``CPUUtilization``).

    Of Aurora Serverless v2 it is the part of what the instance would have at its maximum of ACUs.
    """
    return database.metric_cpu_utilization(period=Duration.minutes(1), statistic=cloudwatch.Stats.MAXIMUM)


def free_storage(database: AnyDatabase) -> cloudwatch.IMetric:
    """Measure the storage that an instance has left, in bytes (``FreeStorageSpace``).

    Raises:
        InvalidArgument: the database is Aurora's, whose storage grows by itself: see `used_storage`.
    """
    if is_cluster(database):
        rule = "be an instance: Aurora's storage grows by itself"
        raise InvalidArgument("database", rule, database.node.path, _INSTANCE)
    return database.metric_free_storage_space(period=Duration.minutes(1), statistic=cloudwatch.Stats.MINIMUM)


def used_storage(database: AnyDatabase) -> cloudwatch.IMetric:
    """Measure the storage that a cluster is billed for, in bytes (``VolumeBytesUsed``).

    Raises:
        InvalidArgument: the database is an instance: see `free_storage`.
    """
    if not is_cluster(database):
        raise InvalidArgument("database", "be a cluster: an instance tells what is left", database.node.path, _AURORA)
    return database.metric_volume_bytes_used(
        # Aurora measures it more rarely than the rest.
        period=Duration.hours(1),
        statistic=cloudwatch.Stats.MAXIMUM,
    )


def acu_utilization(database: AnyDatabase) -> cloudwatch.IMetric:
    """Measure the capacity of a cluster's largest instance, in percent of its maximum of ACUs (``ACUUtilization``).

    Raises:
        InvalidArgument: the database is an instance, which has no ACUs.
    """
    if not is_cluster(database):
        raise InvalidArgument("database", "be a cluster: an instance has no ACUs", database.node.path, _AURORA)
    return database.metric("ACUUtilization", period=Duration.minutes(1), statistic=cloudwatch.Stats.MAXIMUM)


def _of_proxy(proxy: rds.IDatabaseProxy, name: str, *, statistic: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/RDS",
        metric_name=name,
        dimensions_map={"ProxyName": proxy.db_proxy_name, **dimensions},
        statistic=statistic,
        period=Duration.minutes(1),
    )
