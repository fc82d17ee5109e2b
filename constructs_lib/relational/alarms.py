"""The alarms that somebody on call wants of a database: before it fails its clients, and with what to do."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.relational import metrics
from constructs_lib.relational.backend import AnyDatabase, is_cluster
from constructs_lib.relational.database_events import subscribe_topic
from constructs_lib.relational.engine import DatabaseEngine, Instance, Serverless
from constructs_lib.relational.event_source import EventSource
from constructs_lib.relational.proxy import BORROW_SECONDS

Operator = cloudwatch.ComparisonOperator
Missing = cloudwatch.TreatMissingData


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alarm is raised, and what it tells."""

    threshold: float
    minutes: int
    """Over how many minutes a decision is made; each gives one datapoint."""
    breaching: int
    """In how many of them the threshold must be passed: fewer than all, so that one better minute does not clear it."""
    missing: Missing
    operator: Operator = Operator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    tells: str


# A proxy that nobody uses reports nothing, and is well. A database that is down, or so full that RDS has stopped it,
# reports nothing either: what was wrong before is wrong still.
_UNUSED, _UNKNOWN = Missing.NOT_BREACHING, Missing.IGNORE

# Clients still get their connections; a fifth of them is left to find out who keeps the others.
CONNECTIONS = Rule(
    threshold=80,
    minutes=5,
    breaching=3,
    missing=_UNUSED,
    tells="80 % of the connections that the proxy may open to the writer are in use; at 100 % clients wait, then fail. "
    "Look for long transactions and pinned clients (metric DatabaseConnectionsCurrentlySessionPinned), then give the "
    "database more capacity, or the proxy more connections (max_connections_percent).",
)
READER_CONNECTIONS = Rule(
    threshold=80,
    minutes=5,
    breaching=3,
    missing=_UNUSED,
    tells="80 % of the connections that the proxy may open to the readers are in use; at 100 % clients wait, then "
    "fail. Look for long queries and pinned clients (metric DatabaseConnectionsCurrentlySessionPinned), then add "
    "readers.",
)
# In percent of the borrow timeout. The average, which is the statistic that AWS recommends for it, is there when one
# client in ten waits in vain and the others not at all; half of the timeout would be one in two.
BORROW_LATENCY = Rule(
    threshold=10,
    minutes=5,
    breaching=3,
    missing=_UNUSED,
    tells="Clients wait for a connection, on average for a tenth of the borrow timeout or longer: some of them wait in "
    "vain and fail. Look whether all connections are in use, and whether the database is slow to accept new ones (CPU, "
    "ACUs, a failover).",
)
CPU = Rule(
    threshold=90,
    minutes=15,
    breaching=12,
    missing=_UNKNOWN,
    tells="The processor of the database, or of one instance of the cluster, has been at 90 % or more for 15 minutes: "
    "queries queue. Find the statements at the top of the database's load, then give it a larger class or more ACUs.",
)
# In percent of the storage that the instance began with, since no metric tells its size: where RDS has enlarged it
# since, its own event of low storage, at a tenth of what there is then, comes first.
FREE_STORAGE = Rule(
    threshold=10,
    minutes=15,
    breaching=12,
    missing=_UNKNOWN,
    operator=Operator.LESS_THAN_THRESHOLD,
    tells="Less than 10 % of the storage that the instance began with is free: when it is full, RDS stops the "
    "instance. Raise max_storage_gib, and look for what grows: tables, logs, a replication slot that nobody reads.",
)
ACU = Rule(
    threshold=95,
    minutes=15,
    breaching=12,
    missing=_UNKNOWN,
    tells="An instance of the cluster has been at its maximum of ACUs for 15 minutes and cannot grow: queries and new "
    "connections become slow. Find the statements at the top of the database's load, or raise max_acu.",
)

# Of low storage only an instance tells.
CLUSTER_EVENTS = ("failover", "failure")
INSTANCE_EVENTS = ("failover", "failure", "low storage")

_GIB = 1024**3


def database_alarms(
    scope: Construct,
    *,
    topic: sns.ITopic,
    engine: DatabaseEngine,
    database: AnyDatabase,
    proxy: rds.IDatabaseProxy,
    borrow_timeout: Duration | None = None,
) -> dict[str, cloudwatch.Alarm]:
    """Raise alarms of a database and its proxy, tell a topic of each and of its end, and of failovers and failures.

    No metric tells of a failover: RDS itself does, by its events. An alarm costs 0.10 US$ a month for each metric.

    Args:
        scope: the construct that the database belongs to.
        topic: who is told; its policy and its key let CloudWatch and RDS publish from now on.
        engine: which database it is; it decides which alarms there are.
        database: the cluster or the instance.
        proxy: the proxy before it.
        borrow_timeout: how long a client waits for a connection; 20 s where it is not known, or without end (0).

    Returns:
        The alarms: ``connections``, ``borrow_latency`` and ``cpu``; with readers ``reader_connections``; of an instance
        ``free_storage``; of Aurora ``acu``, unless it cannot grow anyway. For another threshold, set it on the alarm's
        ``node.default_child``, a ``cloudwatch.CfnAlarm``.

    Raises:
        InvalidArgument: a FIFO topic, or one that is encrypted with AWS's own key.
    """
    source = EventSource.of("database", database=database, proxy=proxy)
    categories = CLUSTER_EVENTS if is_cluster(database) else INSTANCE_EVENTS
    subscribe_topic(scope, "FailureEvents", topic=topic, source=source, categories=categories)

    longest = (borrow_timeout and borrow_timeout.to_seconds()) or BORROW_SECONDS
    watched: dict[str, tuple[Rule, cloudwatch.IMetric, float]] = {
        "connections": (CONNECTIONS, metrics.connections_in_use(proxy), 1),
        "borrow_latency": (BORROW_LATENCY, metrics.borrow_latency(proxy), longest * 1_000_000 / 100),
        "cpu": (CPU, metrics.cpu(database), 1),
    }
    if engine.readers:
        watched["reader_connections"] = (READER_CONNECTIONS, metrics.connections_in_use(proxy, role="READ_ONLY"), 1)
    if isinstance(engine.size, Instance):
        percent = engine.size.storage_gib * _GIB / 100
        watched["free_storage"] = (FREE_STORAGE, metrics.free_storage(database), percent)
    elif _can_grow(engine.size):
        watched["acu"] = (ACU, metrics.acu_utilization(database), 1)

    action = actions.SnsAction(topic)
    return {
        name: _alarm(scope, name, rule, metric, threshold=rule.threshold * unit, action=action)
        for name, (rule, metric, unit) in watched.items()
    }


def _can_grow(size: Serverless) -> bool:
    """Tell whether a cluster is ever below the threshold: one of a fixed size is always at its maximum."""
    return size.min_acu < size.max_acu * ACU.threshold / 100


def _alarm(
    scope: Construct,
    name: str,
    rule: Rule,
    metric: cloudwatch.IMetric,
    *,
    threshold: float,
    action: cloudwatch.IAlarmAction,
) -> cloudwatch.Alarm:
    alarm = cloudwatch.Alarm(
        scope,
        "".join(word.capitalize() for word in name.split("_")) + "Alarm",
        alarm_description=f"{scope.node.path}: {rule.tells}",
        metric=metric,
        threshold=threshold,
        comparison_operator=rule.operator,
        evaluation_periods=rule.minutes,
        datapoints_to_alarm=rule.breaching,
        treat_missing_data=rule.missing,
    )
    alarm.add_alarm_action(action)
    alarm.add_ok_action(action)
    return alarm
