"""Capacity at given times: what is scheduled, and what the schedules may do."""

import json
from typing import Any

import pytest
from aws_cdk import App, Stack, TimeZone
from aws_cdk import aws_sns as sns
from aws_cdk.aws_scheduler import ScheduleExpression

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity, Provisioned, Scaling
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.indexes import Index
from constructs_lib.testing import template_of
from tests.items.tables import GLOBAL_TABLE, TABLE
from tests.items.test_import import bucket
from tests.statements import Template, listed, resources, statements

SCHEDULE = "AWS::Scheduler::Schedule"


def busy_by_day() -> Provisioned:
    morning = ScheduleExpression.cron(hour="8", minute="0", week_day="MON-FRI", time_zone=TimeZone.EUROPE_BERLIN)
    evening = ScheduleExpression.cron(hour="18", minute="30")
    read = Scaling(5, 100).at(morning, min=50, max=400).at(evening, min=6, max=99)
    return Capacity.provisioned(read=read, write=Scaling(2, 40))


@pytest.fixture(scope="module")
def template() -> Template:
    stack = Stack(App(), "Items")
    hourly = ScheduleExpression.expression("rate(1 hour)")
    own = Capacity.provisioned(read=Scaling(1, 2), write=Scaling(3, 9).at(hourly, min=4, max=8))
    table = ItemTable(
        stack,
        "Requests",
        partition_key="pk",
        capacity=busy_by_day(),
        indexes={"ByOwner": "owner", "ByState": Index("state", capacity=own)},
        alarm_topic=sns.Topic(stack, "OnCall"),
    )
    assert table.scheduled_scaling
    assert len(table.scheduled_scaling.schedules) == 5
    return template_of(stack)


def change(schedule: dict[str, Any]) -> dict[str, Any]:
    """What a schedule asks Application Auto Scaling for, with the table's name as <Table>."""
    text = "".join(part if isinstance(part, str) else "<Table>" for part in schedule["Target"]["Input"]["Fn::Join"][1])
    wanted: dict[str, Any] = json.loads(text)
    return wanted


def test_each_time_sets_both_bounds_of_table_and_index(template: Template) -> None:
    found = {
        (
            wanted["ResourceId"],
            wanted["ScalableDimension"],
            wanted["MinCapacity"],
            wanted["MaxCapacity"],
            each["ScheduleExpression"],
            each["ScheduleExpressionTimezone"],
        )
        for each in resources(template, SCHEDULE).values()
        for wanted in [change(each)]
    }
    morning, evening = ("cron(0 8 ? * MON-FRI *)", "Europe/Berlin"), ("cron(30 18 * * ? *)", "Etc/UTC")
    by_owner = "table/<Table>/index/ByOwner"
    assert found == {
        ("table/<Table>", "dynamodb:table:ReadCapacityUnits", 50, 400, *morning),
        ("table/<Table>", "dynamodb:table:ReadCapacityUnits", 6, 99, *evening),
        (by_owner, "dynamodb:index:ReadCapacityUnits", 50, 400, *morning),
        (by_owner, "dynamodb:index:ReadCapacityUnits", 6, 99, *evening),
        ("table/<Table>/index/ByState", "dynamodb:index:WriteCapacityUnits", 4, 8, "rate(1 hour)", "Etc/UTC"),
    }


def test_the_scheduler_changes_what_the_table_has_registered(template: Template) -> None:
    (table,) = resources(template, GLOBAL_TABLE)
    for each in resources(template, SCHEDULE).values():
        assert each["Target"]["Arn"]["Fn::Join"][1][-1].endswith(
            "aws-sdk:applicationautoscaling:registerScalableTarget"
        )
        assert {"Ref": table} in each["Target"]["Input"]["Fn::Join"][1]
        assert change(each)["ServiceNamespace"] == "dynamodb"
        assert each["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert each["Description"].startswith("Items/Requests/Table: dynamodb:")
    # CloudFormation would refuse to register it again.
    assert resources(template, "AWS::ApplicationAutoScaling::ScalableTarget") == {}


def test_no_time_comes_before_the_capacity_is_registered(template: Template) -> None:
    (table,) = resources(template, GLOBAL_TABLE)
    schedules = [each for each in template["Resources"].values() if each["Type"] == SCHEDULE]
    assert all(table in each["DependsOn"] for each in schedules)


def test_the_role_may_scale_this_table_for_this_account(template: Template) -> None:
    (name,) = [each for each in resources(template, "AWS::IAM::Role") if "ScheduledScaling" in each]
    (trust,) = template["Resources"][name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    (table,) = resources(template, GLOBAL_TABLE)
    by_action = {action: each for each in statements(template, name) for action in listed(each["Action"])}
    assert set(by_action) == {
        "application-autoscaling:RegisterScalableTarget",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
        "dynamodb:DescribeTable",
        "dynamodb:UpdateTable",
        "sqs:SendMessage",
    }
    assert by_action["dynamodb:UpdateTable"]["Resource"] == {"Fn::GetAtt": [table, "Arn"]}
    assert by_action["dynamodb:DescribeTable"]["Resource"] == {"Fn::GetAtt": [table, "Arn"]}
    for action in ("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"):
        # What Application Auto Scaling asks on the role's behalf; the role itself may not.
        assert by_action[action]["Condition"] == {"Bool": {"aws:ViaAWSService": "true"}}
    register = by_action["application-autoscaling:RegisterScalableTarget"]
    assert register["Resource"]["Fn::Join"][1][-1] == ":scalable-target/*"
    assert register["Condition"] == {"StringEquals": {"application-autoscaling:service-namespace": "dynamodb"}}


def test_a_change_that_fails_is_tried_for_half_an_hour_and_told(template: Template) -> None:
    (queue,) = resources(template, "AWS::SQS::Queue")
    for each in resources(template, SCHEDULE).values():
        assert each["Target"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
        assert each["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 1800
    (topic,) = resources(template, "AWS::SNS::Topic")
    (alarm,) = [
        each
        for each in resources(template, "AWS::CloudWatch::Alarm").values()
        if each.get("MetricName") == "ApproximateNumberOfMessagesVisible"
    ]
    assert alarm["AlarmActions"] == [{"Ref": topic}]


def test_an_imported_table_is_scheduled_alike() -> None:
    stack = Stack(App(), "Items")
    source = ImportSource.ion(bucket(stack))
    ItemTable(stack, "Requests", partition_key="pk", capacity=busy_by_day(), import_from=source)
    template = template_of(stack)
    (table,) = resources(template, TABLE)
    assert [change(each)["MinCapacity"] for each in resources(template, SCHEDULE).values()] == [50, 6]
    registered = set(resources(template, "AWS::ApplicationAutoScaling::ScalableTarget"))
    assert len(registered) == 2
    first = next(each for each in template["Resources"].values() if each["Type"] == SCHEDULE)
    assert {table, *registered} <= set(first["DependsOn"])


def test_nothing_is_made_without_a_schedule() -> None:
    stack = Stack(App(), "Items")
    capacity = Capacity.provisioned(read=Scaling(1, 2), write=Scaling(1, 2))
    assert ItemTable(stack, "Requests", partition_key="pk", capacity=capacity).scheduled_scaling is None
    assert set(resources(template_of(stack), "AWS::IAM::Role")) == set()
