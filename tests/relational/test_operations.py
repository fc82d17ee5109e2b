"""What on-call people see of a ProxiedDatabase: its alarms, its events and its metrics, which cost nothing unasked."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import DatabaseEngine, InvalidArgument, ProxiedDatabase
from constructs_lib.testing import template_of
from tests.relational.databases import database, function, network, target
from tests.statements import only, resources

ALARM, SUBSCRIPTION, TOPIC = "AWS::CloudWatch::Alarm", "AWS::RDS::EventSubscription", "AWS::SNS::Topic"
AURORA, POSTGRES = DatabaseEngine.aurora_postgres("17.9", readers=1), DatabaseEngine.postgres("17.9")


def test_alarms_go_to_the_topic_that_was_given_once() -> None:
    stack = Stack(App(), "Data")
    topic = sns.Topic(stack, "OnCall")
    ledger = database(stack, network(stack), engine=AURORA, alarm_topic=topic, borrow_timeout=Duration.seconds(60))
    template = template_of(stack)
    (name,) = resources(template, TOPIC)
    alarms = resources(template, ALARM)
    assert set(ledger.alarms) == {"connections", "reader_connections", "borrow_latency", "cpu", "acu"}
    assert len(alarms) == len(ledger.alarms)
    assert all(each["AlarmActions"] == each["OKActions"] == [{"Ref": name}] for each in alarms.values())
    (latency,) = (each for each in alarms.values() if each.get("MetricName") == "DatabaseConnectionsBorrowLatency")
    assert latency["Threshold"] == 6_000_000  # microseconds: a tenth of the borrow timeout
    told = only(template, SUBSCRIPTION)
    assert (told["SnsTopicArn"], told["EventCategories"]) == ({"Ref": name}, ["failover", "failure"])


def test_an_instance_watches_its_storage() -> None:
    stack = Stack(App(), "Data")
    ledger = database(stack, network(stack), engine=POSTGRES, alarm_topic=sns.Topic(stack, "OnCall"))
    assert set(ledger.alarms) == {"connections", "borrow_latency", "cpu", "free_storage"}


def test_nothing_is_watched_or_told_unasked() -> None:
    stack = Stack(App(), "Data")
    ledger = database(stack, network(stack))
    kinds = {each["Type"] for each in template_of(stack)["Resources"].values()}
    assert ledger.alarms == {}
    assert not kinds & {ALARM, SUBSCRIPTION, TOPIC, "AWS::KMS::Key"}


def test_events_are_told_to_a_function_a_queue_and_a_topic() -> None:
    app = App()
    data, handlers = Stack(app, "Data"), Stack(app, "Handlers")
    vpc = network(data)
    ledger = database(data, vpc, engine=POSTGRES)
    told = function(handlers, "Told", vpc)
    ledger.grant_connect(told)
    ledger.on_event(told, categories=["low storage"])
    ledger.on_event(sqs.Queue(data, "Queue"), categories=["backup"])
    ledger.on_event(sns.Topic(data, "Topic"), of="proxy")
    template = template_of(data)
    (instance,) = resources(template, "AWS::RDS::DBInstance")
    (proxy,) = resources(template, "AWS::RDS::DBProxy")
    subscriptions = {
        (each["SourceType"], target(each["SourceIds"][0]), str(each.get("EventCategories")))
        for each in resources(template, SUBSCRIPTION).values()
    }
    assert subscriptions == {
        ("db-instance", instance, "['low storage']"),
        ("db-instance", instance, "['backup']"),
        ("db-proxy", proxy, "None"),
    }
    assert [each["Protocol"] for each in resources(template_of(handlers), "AWS::SNS::Subscription").values()] == [
        "lambda"
    ]


def test_a_category_of_another_source_is_refused() -> None:
    stack = Stack(App(), "Data")
    ledger = database(stack, network(stack), engine=AURORA)
    with pytest.raises(InvalidArgument, match="low storage"):
        ledger.on_event(sns.Topic(stack, "Topic"), categories=["low storage"])


Metric = Callable[[ProxiedDatabase], cloudwatch.IMetric]


@pytest.mark.parametrize(
    ("engine", "metric", "name"),
    [
        (AURORA, ProxiedDatabase.metric_client_connections, "ClientConnections"),
        (AURORA, ProxiedDatabase.metric_borrow_latency, "DatabaseConnectionsBorrowLatency"),
        (AURORA, ProxiedDatabase.metric_cpu, "CPUUtilization"),
        (AURORA, ProxiedDatabase.metric_acu_utilization, "ACUUtilization"),
        (AURORA, ProxiedDatabase.metric_used_storage, "VolumeBytesUsed"),
        (POSTGRES, ProxiedDatabase.metric_cpu, "CPUUtilization"),
        (POSTGRES, ProxiedDatabase.metric_free_storage, "FreeStorageSpace"),
    ],
)
def test_metrics_name_what_they_measure(engine: DatabaseEngine, metric: Metric, name: str) -> None:
    stack = Stack(App(), "Data")
    ledger = database(stack, network(stack), engine=engine)
    cloudwatch.Alarm(stack, "Alarm", metric=metric(ledger), threshold=1, evaluation_periods=1)
    template = template_of(stack)
    alarm = only(template, ALARM)
    (dimension,) = alarm["Dimensions"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/RDS", name)
    assert target(dimension["Value"]) in template["Resources"]


@pytest.mark.parametrize("role", ["READ_WRITE", "READ_ONLY"])
def test_connections_in_use_are_of_the_writer_or_of_the_readers(role: Any) -> None:
    stack = Stack(App(), "Data")
    metric = database(stack, network(stack), engine=AURORA).metric_connections_in_use(role=role)
    cloudwatch.Alarm(stack, "Alarm", metric=metric, threshold=1, evaluation_periods=1)
    assert str(only(template_of(stack), ALARM)["Metrics"]).count(f"'{role}'") == 2


@pytest.mark.parametrize(
    ("engine", "metric"),
    [
        (AURORA, ProxiedDatabase.metric_free_storage),
        (POSTGRES, ProxiedDatabase.metric_used_storage),
        (POSTGRES, ProxiedDatabase.metric_acu_utilization),
    ],
)
def test_what_a_database_does_not_measure_is_refused(engine: DatabaseEngine, metric: Metric) -> None:
    stack = Stack(App(), "Data")
    ledger = database(stack, network(stack), engine=engine)
    with pytest.raises(InvalidArgument, match="database must be"):
        metric(ledger)
