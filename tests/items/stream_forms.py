"""What the tests of streams and archives are about: a stack, a table in it, functions that listen."""

from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_sns as sns

from constructs_lib import ItemTable
from constructs_lib.items.kinesis_changes import KinesisChanges
from tests.statements import Template, resources

STREAM_ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"


def stack_of(id: str = "Items", app: App | None = None) -> Stack:
    return Stack(app or App(), id, env=Environment(account="123456789012", region="eu-west-1"))


def table_in(stack: Stack) -> dynamodb.TableV2:
    table = ItemTable(stack, "Orders", partition_key="tenant", sort_key="order").table
    assert isinstance(table, dynamodb.TableV2)
    return table


def changes_in(stack: Stack, **arguments: Any) -> KinesisChanges:
    return KinesisChanges(stack, "Changes", table=table_in(stack), **arguments)


def imported_stream(stack: Stack) -> kinesis.IStream:
    return kinesis.Stream.from_stream_arn(stack, "Own", STREAM_ARN)


def topic_in(stack: Stack) -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-west-1:123456789012:on-call")


def alarm_on(template: Template, metric: str) -> dict[str, Any]:
    """The one alarm of a metric, also of a metric that a query selects."""
    (found,) = [
        alarm
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == metric or metric in str(alarm.get("Metrics"))
    ]
    return found
