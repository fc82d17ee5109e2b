"""The alarms of a table: each on the right metric, steady, and telling its topic what to do."""

from typing import Any

import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns

from constructs_lib import ItemTable
from constructs_lib.testing import template_of
from tests.items.tables import GLOBAL_TABLE, stack_in
from tests.items.test_item_table import function
from tests.statements import Template, resources

ALARM = "AWS::CloudWatch::Alarm"
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


class Watched:
    def __init__(self) -> None:
        stack = stack_in()
        topic = sns.Topic(stack, "OnCall")
        table = ItemTable(stack, "Requests", partition_key="pk", replicas=["us-east-1"], alarm_topic=topic)
        self.template: Template = template_of(stack)
        self.names = {name: stack.get_logical_id(child(alarm)) for name, alarm in table.alarms.items()}
        self.alarms = {name: self.template["Resources"][each]["Properties"] for name, each in self.names.items()}
        self.table = {"Ref": next(iter(resources(self.template, GLOBAL_TABLE)))}
        self.topic = {"Ref": next(iter(resources(self.template, "AWS::SNS::Topic")))}


def child(alarm: cloudwatch.Alarm) -> cloudwatch.CfnAlarm:
    resource = alarm.node.default_child
    assert isinstance(resource, cloudwatch.CfnAlarm)
    return resource


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched()


def test_a_table_has_these_alarms(watched: Watched) -> None:
    assert set(watched.names) == {"throttled_requests", "system_errors", "replication_to_us-east-1"}
    assert set(watched.names.values()) == set(resources(watched.template, ALARM))


@pytest.mark.parametrize(
    ("name", "metric"), [("throttled_requests", "ThrottledRequests"), ("system_errors", "SystemErrors")]
)
def test_requests_of_every_operation_count(watched: Watched, name: str, metric: str) -> None:
    expression, *operands = watched.alarms[name]["Metrics"]
    # By SUM(): with "+" there would be no sum while one of the operations is not used.
    assert (expression["Expression"], expression.get("ReturnData", True)) == ("SUM(METRICS())", True)
    assert expression["Label"] == metric
    assert len(operands) <= 10  # more are refused in an alarm
    operations = set()
    for operand in operands:
        of = operand["MetricStat"]["Metric"]
        dimensions = {each["Name"]: each["Value"] for each in of["Dimensions"]}
        assert (of["Namespace"], of["MetricName"], dimensions["TableName"]) == ("AWS/DynamoDB", metric, watched.table)
        assert (operand["MetricStat"]["Stat"], operand["MetricStat"]["Period"]) == ("Sum", 60)
        operations.add(dimensions["Operation"])
    assert operations == READS | WRITES
    assert watched.alarms[name]["Threshold"] == 0


def test_a_replica_that_is_a_minute_behind(watched: Watched) -> None:
    alarm = watched.alarms["replication_to_us-east-1"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/DynamoDB", "ReplicationLatency")
    assert {each["Name"]: each["Value"] for each in alarm["Dimensions"]} == {
        "TableName": watched.table,
        "ReceivingRegion": "us-east-1",
    }
    assert (alarm["Statistic"], alarm["Period"], alarm["Threshold"]) == ("Average", 60, 60_000)


def test_each_alarm_is_steady_and_tells_of_its_end_too(watched: Watched) -> None:
    for alarm in watched.alarms.values():
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (3, 5)
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == alarm["OKActions"] == [watched.topic]
        assert alarm["AlarmDescription"].startswith("Items/Requests: ")


def test_no_alarms_without_a_topic() -> None:
    stack = stack_in()
    assert ItemTable(stack, "Requests", partition_key="pk").alarms == {}
    assert resources(template_of(stack), ALARM) == {}


def test_who_is_told_of_the_table_is_told_of_its_changes() -> None:
    stack = stack_in()
    ours, theirs = sns.Topic(stack, "Ours"), sns.Topic(stack, "Theirs")
    table = ItemTable(stack, "Requests", partition_key="pk", alarm_topic=ours)
    table.on_change(function(stack, "First"))
    table.on_change(function(stack, "Second"), alarm_topic=theirs)
    table.stream_to_kinesis()
    told: dict[str, Any] = {
        name: [each["Ref"] for each in alarm["AlarmActions"]]
        for name, alarm in resources(template_of(stack), ALARM).items()
    }
    of_second = {name for name in told if "ChangesToSecond" in name}
    assert of_second
    assert all(told[name][0].startswith("Theirs") for name in of_second)
    assert all(told[name][0].startswith("Ours") for name in told if name not in of_second)
    assert any("KinesisChanges" in name for name in told)
