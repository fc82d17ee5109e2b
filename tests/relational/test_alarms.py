"""The database's alarms: each on the right metric of the right resource, steady, and telling its topic what to do."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from constructs_lib import DatabaseEngine, InvalidArgument
from constructs_lib.checks import add_checks
from constructs_lib.relational import metrics
from constructs_lib.relational.alarms import database_alarms
from constructs_lib.testing import template_of
from tests.relational.observed import AURORA, INSTANCE, Observed, findings_of_cfn_lint, observed
from tests.statements import listed, only, resources

ALARM, SUBSCRIPTION = "AWS::CloudWatch::Alarm", "AWS::RDS::EventSubscription"
CLUSTER_OF = [{"Name": "DBClusterIdentifier", "Value": "ledger"}]
INSTANCE_OF = [{"Name": "DBInstanceIdentifier", "Value": "ledger"}]
PROXY_OF = [{"Name": "ProxyName", "Value": "ledger-proxy"}]
GIB = 1024**3


def alarmed(
    engine: DatabaseEngine, *, borrow_timeout: int | None = 20
) -> tuple[Observed, dict[str, cloudwatch.Alarm], sns.Topic]:
    stack = Stack(App(), "Data")
    topic = sns.Topic(stack, "OnCall", enforce_ssl=True)
    watched = observed(stack, engine)
    alarms = database_alarms(
        stack,
        topic=topic,
        engine=engine,
        database=watched.database,
        proxy=watched.proxy,
        borrow_timeout=None if borrow_timeout is None else Duration.seconds(borrow_timeout),
    )
    return watched, alarms, topic


def by_name(engine: DatabaseEngine, *, borrow_timeout: int | None = 20) -> dict[str, dict[str, Any]]:
    """The alarms' properties by the name that they are public under."""
    watched, alarms, _ = alarmed(engine, borrow_timeout=borrow_timeout)
    template = template_of(watched.stack)
    names = {name: watched.stack.get_logical_id(child(alarm)) for name, alarm in alarms.items()}
    assert set(names.values()) == set(resources(template, ALARM))
    return {name: template["Resources"][logical]["Properties"] for name, logical in names.items()}


def child(alarm: cloudwatch.Alarm) -> cloudwatch.CfnAlarm:
    resource = alarm.node.default_child
    assert isinstance(resource, cloudwatch.CfnAlarm)
    return resource


@pytest.fixture(scope="module")
def aurora() -> dict[str, dict[str, Any]]:
    return by_name(AURORA)


@pytest.fixture(scope="module")
def instance() -> dict[str, dict[str, Any]]:
    return by_name(INSTANCE)


def measured(alarm: dict[str, Any]) -> tuple[str, str, list[dict[str, str]], int]:
    assert alarm["Namespace"] == "AWS/RDS"
    return alarm["MetricName"], alarm["Statistic"], alarm["Dimensions"], alarm["Period"]


def steadiness(alarm: dict[str, Any]) -> tuple[int, int, str]:
    return alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]


def limit(alarm: dict[str, Any]) -> tuple[str, float]:
    return alarm["ComparisonOperator"], alarm["Threshold"]


def test_each_kind_of_database_has_the_alarms_that_make_sense(aurora: dict[str, Any], instance: dict[str, Any]) -> None:
    both = {"connections", "borrow_latency", "cpu"}
    assert set(aurora) == both | {"reader_connections", "acu"}
    assert set(instance) == both | {"free_storage"}


@pytest.mark.parametrize(("name", "role"), [("connections", "READ_WRITE"), ("reader_connections", "READ_ONLY")])
def test_connections_lent_out_of_those_allowed(aurora: dict[str, Any], name: str, role: str) -> None:
    """Of the writer and of the readers apart: idle readers must not hide a writer at its limit."""
    alarm = aurora[name]
    expression, *operands = alarm["Metrics"]
    assert (expression["Expression"], expression["ReturnData"]) == ("100 * borrowed / allowed", True)
    dimensions = [*PROXY_OF, {"Name": "TargetGroup", "Value": "default"}, {"Name": "TargetRole", "Value": role}]
    for operand, metric in zip(
        operands, ("DatabaseConnectionsCurrentlyBorrowed", "MaxDatabaseConnectionsAllowed"), strict=True
    ):
        assert operand["MetricStat"]["Metric"] == {
            "Namespace": "AWS/RDS",
            "MetricName": metric,
            "Dimensions": dimensions,
        }
        # The proxy's machines each report once a minute: any other statistic or period is not the proxy's number.
        assert (operand["MetricStat"]["Stat"], operand["MetricStat"]["Period"]) == ("Sum", 60)
    assert [operand["Id"] for operand in operands] == ["borrowed", "allowed"]
    assert limit(alarm) == ("GreaterThanOrEqualToThreshold", 80)
    assert steadiness(alarm) == (3, 5, "notBreaching")


def test_clients_that_wait_a_tenth_of_the_borrow_timeout(aurora: dict[str, Any]) -> None:
    alarm = aurora["borrow_latency"]
    assert measured(alarm) == ("DatabaseConnectionsBorrowLatency", "Average", PROXY_OF, 60)
    assert limit(alarm) == ("GreaterThanOrEqualToThreshold", 2 * 1_000_000)  # of 20 s, in microseconds
    assert steadiness(alarm) == (3, 5, "notBreaching")


@pytest.mark.parametrize(
    ("timeout", "microseconds"), [(120, 12_000_000), (1, 100_000), (0, 2_000_000), (None, 2_000_000)]
)
def test_the_wait_is_judged_by_the_timeout(timeout: int | None, microseconds: int) -> None:
    """Where clients wait without end, or nobody knows how long, by the default of 20 s."""
    assert by_name(INSTANCE, borrow_timeout=timeout)["borrow_latency"]["Threshold"] == microseconds


@pytest.mark.parametrize(("engine", "dimensions"), [("aurora", CLUSTER_OF), ("instance", INSTANCE_OF)])
def test_a_busy_processor(request: pytest.FixtureRequest, engine: str, dimensions: list[dict[str, str]]) -> None:
    alarm = request.getfixturevalue(engine)["cpu"]
    assert measured(alarm) == ("CPUUtilization", "Maximum", dimensions, 60)
    assert limit(alarm) == ("GreaterThanOrEqualToThreshold", 90)
    assert steadiness(alarm) == (12, 15, "ignore")


def test_a_tenth_of_an_instance_s_storage(instance: dict[str, Any]) -> None:
    alarm = instance["free_storage"]
    assert measured(alarm) == ("FreeStorageSpace", "Minimum", INSTANCE_OF, 60)
    assert limit(alarm) == ("LessThanThreshold", 5 * GIB)
    # A full instance is stopped and reports nothing more, which must not read as if all were well.
    assert steadiness(alarm) == (12, 15, "ignore")


def test_a_cluster_at_its_maximum(aurora: dict[str, Any]) -> None:
    alarm = aurora["acu"]
    assert measured(alarm) == ("ACUUtilization", "Maximum", CLUSTER_OF, 60)
    assert limit(alarm) == ("GreaterThanOrEqualToThreshold", 95)
    assert steadiness(alarm) == (12, 15, "ignore")


@pytest.mark.parametrize(("least", "has_alarm"), [(40, False), (38, False), (37.5, True)])
def test_a_cluster_that_is_always_near_its_maximum_has_no_such_alarm(least: float, has_alarm: bool) -> None:
    _, alarms, _ = alarmed(DatabaseEngine.aurora_postgres("17.9", min_acu=least, max_acu=40))
    assert ("acu" in alarms) == has_alarm
    assert "reader_connections" not in alarms


def test_each_tells_the_topic_when_it_begins_and_when_it_ends() -> None:
    for engine in (AURORA, INSTANCE):
        watched, _, _ = alarmed(engine)
        template = template_of(watched.stack)
        (topic,) = resources(template, "AWS::SNS::Topic")
        for alarm in resources(template, ALARM).values():
            assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]


def test_each_says_whose_it_is_what_it_means_and_what_to_do(aurora: dict[str, Any], instance: dict[str, Any]) -> None:
    for alarm in (*aurora.values(), *instance.values()):
        description = alarm["AlarmDescription"]
        assert description.startswith("Data: ")
        assert ": " in description.removeprefix("Data: ") or ";" in description
        assert any(verb in description for verb in ("Look for", "Look whether", "Find the", "Raise"))
        assert len(description) <= 1024  # Amazon CloudWatch, PutMetricAlarm


def test_no_description_promises_another_number_than_its_threshold(
    aurora: dict[str, Any], instance: dict[str, Any]
) -> None:
    assert "80 % " in aurora["connections"]["AlarmDescription"]
    assert "80 % " in aurora["reader_connections"]["AlarmDescription"]
    assert "90 % " in aurora["cpu"]["AlarmDescription"]
    assert "10 % " in instance["free_storage"]["AlarmDescription"]


@pytest.mark.parametrize(
    ("engine", "kind", "categories"),
    [
        (AURORA, "db-cluster", ["failover", "failure"]),
        (INSTANCE, "db-instance", ["failover", "failure", "low storage"]),
    ],
)
def test_failovers_are_told_by_rds_itself(engine: DatabaseEngine, kind: str, categories: list[str]) -> None:
    watched, _, _ = alarmed(engine)
    template = template_of(watched.stack)
    subscription = only(template, SUBSCRIPTION)
    assert (subscription["SourceType"], subscription["SourceIds"]) == (kind, ["ledger"])
    assert subscription["EventCategories"] == categories
    assert subscription["SnsTopicArn"] == {"Ref": next(iter(resources(template, "AWS::SNS::Topic")))}


def test_the_topic_lets_both_rds_and_cloudwatch_publish() -> None:
    """Its first statement ends the default policy, by which CloudWatch had been heard."""
    watched, _, _ = alarmed(AURORA)
    statements = only(template_of(watched.stack), "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (grant,) = (each for each in statements if each["Effect"] == "Allow")
    assert listed(grant["Principal"]["Service"]) == ["events.rds.amazonaws.com", "cloudwatch.amazonaws.com"]
    assert grant["Action"] == "sns:Publish"


def test_the_topic_on_call_may_also_hear_of_everything() -> None:
    watched, _, topic = alarmed(AURORA)
    watched.events().subscribe(topic)
    assert len(resources(template_of(watched.stack), SUBSCRIPTION)) == 2


def test_a_threshold_can_be_replaced() -> None:
    watched, alarms, _ = alarmed(AURORA)
    child(alarms["cpu"]).threshold = 70
    found = resources(template_of(watched.stack), ALARM).values()
    assert [each["Threshold"] for each in found if each.get("MetricName") == "CPUUtilization"] == [70]


def test_a_topic_that_could_not_hear_them_is_refused() -> None:
    stack = Stack(App(), "Data")
    watched = observed(stack)
    with pytest.raises(InvalidArgument, match="not FIFO"):
        database_alarms(
            stack,
            topic=sns.Topic(stack, "OnCall", fifo=True),
            engine=AURORA,
            database=watched.database,
            proxy=watched.proxy,
            borrow_timeout=Duration.seconds(20),
        )


def drawn(metric: cloudwatch.IMetric) -> tuple[Any, ...]:
    """As a dashboard would show it."""
    stat = metric.to_metric_config().metric_stat
    assert stat is not None
    names = {each.name: each.value for each in stat.dimensions or []}
    return stat.metric_name, stat.statistic, stat.period.to_seconds(), names


def test_metrics_that_have_no_alarm() -> None:
    watched = observed(Stack(App(), "Data"))
    assert drawn(metrics.client_connections(watched.proxy)) == (
        "ClientConnections",
        "Sum",
        60,
        {"ProxyName": "ledger-proxy"},
    )
    assert drawn(metrics.used_storage(watched.database)) == (
        "VolumeBytesUsed",
        "Maximum",
        3600,
        {"DBClusterIdentifier": "ledger"},
    )


@pytest.mark.parametrize(
    ("metric", "engine", "sentence"),
    [
        (
            metrics.free_storage,
            AURORA,
            "database must be an instance: Aurora's storage grows by itself, got 'Data/Database'",
        ),
        (
            metrics.used_storage,
            INSTANCE,
            "database must be a cluster: an instance tells what is left, got 'Data/Database'",
        ),
        (metrics.acu_utilization, INSTANCE, "database must be a cluster: an instance has no ACUs, got 'Data/Database'"),
    ],
)
def test_metrics_that_a_database_does_not_have(metric: Any, engine: DatabaseEngine, sentence: str) -> None:
    watched = observed(Stack(App(), "Data"), engine)
    with pytest.raises(InvalidArgument) as refused:
        metric(watched.database)
    assert sentence in str(refused.value)


def test_a_proxy_has_two_roles() -> None:
    watched = observed(Stack(App(), "Data"))
    with pytest.raises(InvalidArgument, match="role must be one of 'READ_WRITE', 'READ_ONLY', got 'writer'"):
        metrics.connections_in_use(watched.proxy, role="writer")  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", [AURORA, INSTANCE])
def test_five_rule_packs_and_cfn_lint_find_nothing(engine: DatabaseEngine, tmp_path: Path) -> None:
    app = App()
    stack = Stack(app, "Data")
    watched = observed(stack, engine)
    topic = sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-west-1:111111111111:on-call")
    database_alarms(
        stack,
        topic=topic,
        engine=engine,
        database=watched.database,
        proxy=watched.proxy,
        borrow_timeout=Duration.seconds(20),
    )
    packs = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)
    add_checks(app, nag=packs)  # which fails the synth on any error
    assert findings_of_cfn_lint(template_of(stack), tmp_path) == []
