"""Tables that send their changes to Kinesis, consumers of streams and alarms of expressions come, change and go."""

from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.local.stack import Resources, Stack, having

pytestmark = pytest.mark.local_aws

STREAM: Resources = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}
CONSUMER: Resources = {
    "Type": "AWS::Kinesis::StreamConsumer",
    "Properties": {"ConsumerName": "reader", "StreamARN": {"Fn::GetAtt": ["Stream", "Arn"]}},
}
ALARM: Resources = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "Metrics": [{"Id": "m", "Expression": "SELECT SUM(Errors) FROM Lambda", "Period": 60, "ReturnData": True}],
    },
}


def table(stream: str | None = None, precision: str = "MILLISECOND") -> Resources:
    here: dict[str, Any] = {"Region": {"Ref": "AWS::Region"}}
    if stream:
        arn = {"Fn::GetAtt": [stream, "Arn"]}
        here["KinesisStreamSpecification"] = {"StreamArn": arn, "ApproximateCreationDateTimePrecision": precision}
    return {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Replicas": [{"Region": "eu-west-3", "KinesisStreamSpecification": {"StreamArn": "elsewhere"}}, here],
        },
    }


def active(aws: LocalAws, name: str) -> list[tuple[str, str]]:
    described = aws.client("dynamodb").describe_kinesis_streaming_destination(TableName=name)
    return [
        (each["StreamArn"], each["ApproximateCreationDateTimePrecision"])
        for each in described["KinesisDataStreamDestinations"]
        if each["DestinationStatus"] == "ACTIVE"
    ]


def test_a_tables_changes_go_where_the_template_says(local_aws: LocalAws, stack: Stack) -> None:
    told = {
        "Table": {"Ref": "Table"},
        "Stream": {"Fn::GetAtt": ["Stream", "Arn"]},
        "Other": {"Fn::GetAtt": ["Other", "Arn"]},
    }
    streams = {"Stream": STREAM, "Other": STREAM}
    outputs = stack.deploy({**streams, "Table": table("Stream")}, told)
    assert active(local_aws, outputs["Table"]) == [(outputs["Stream"], "MILLISECOND")]
    stack.deploy({**streams, "Table": table("Other", "MICROSECOND")}, told)
    assert active(local_aws, outputs["Table"]) == [(outputs["Other"], "MICROSECOND")]
    stack.deploy({**streams, "Table": table()}, told)
    assert active(local_aws, outputs["Table"]) == []


def test_a_table_keeps_its_items_when_its_stream_changes(local_aws: LocalAws, stack: Stack) -> None:
    name = stack.deploy({"Stream": STREAM, "Table": table()}, {"Table": {"Ref": "Table"}})["Table"]
    dynamodb = local_aws.client("dynamodb")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "kept"}})
    stack.deploy({"Stream": STREAM, "Table": table("Stream")})
    assert dynamodb.get_item(TableName=name, Key={"id": {"S": "kept"}})["Item"]


def test_a_consumer_comes_and_goes_with_its_stack(local_aws: LocalAws, stack: Stack) -> None:
    kinesis = local_aws.client("kinesis")
    told = {"Stream": {"Fn::GetAtt": ["Stream", "Arn"]}, "Consumer": {"Fn::GetAtt": ["Consumer", "ConsumerARN"]}}
    outputs = stack.deploy({"Stream": STREAM, "Consumer": CONSUMER}, told)
    (consumer,) = kinesis.list_stream_consumers(StreamARN=outputs["Stream"])["Consumers"]
    assert consumer["ConsumerARN"] == outputs["Consumer"]
    assert consumer["ConsumerName"] == "reader"
    stack.deploy({"Stream": STREAM})
    assert kinesis.list_stream_consumers(StreamARN=outputs["Stream"])["Consumers"] == []


def test_an_alarm_of_an_expression_is_recorded_and_one_of_a_metric_is_made(local_aws: LocalAws, stack: Stack) -> None:
    told = {"Name": {"Ref": "Alarm"}, "Arn": {"Fn::GetAtt": ["Alarm", "Arn"]}}
    outputs = stack.deploy({"Alarm": ALARM}, told)
    assert outputs["Arn"].endswith(f":alarm:{outputs['Name']}")
    of_a_metric = having(ALARM, MetricName="Errors", Namespace="AWS/Lambda", Statistic="Sum", Period=60, Metrics=[])
    name = stack.deploy({"Alarm": of_a_metric}, told)["Name"]
    cloudwatch = local_aws.client("cloudwatch")
    assert len(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]) == 1
    stack.deploy({"Alarm": ALARM}, told)
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []
