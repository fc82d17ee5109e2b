"""The rules of streams and their consumers."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

UNKNOWN = {"Fn::ImportValue": "elsewhere"}


# DDB-3: consumers

READER = right("DDB-3")["Resources"]["Billing"]
THREE = changed(right("DDB-3"), "Third", READER)
CROWDED = [("DDB-3", "Orders/Properties/StreamSpecification")]
PIPE = {
    "Type": "AWS::Pipes::Pipe",
    "Properties": {
        "Source": {"Fn::GetAtt": ["Orders", "StreamArn"]},
        "SourceParameters": {
            "DynamoDBStreamParameters": {"MaximumRetryAttempts": 3, "DeadLetterConfig": {"Arn": "arn:aws:sqs:::failed"}}
        },
    },
}


def test_three_read_one_stream() -> None:
    assert found(THREE) == CROWDED
    (finding,) = findings(THREE)
    assert finding.message == "3 read the stream of the table Orders: Billing, Packing, Third"
    assert found(changed(THREE, "Orders.Type", "AWS::DynamoDB::GlobalTable"))[-1:] == CROWDED
    assert found(changed(THREE, "Third.Properties.Enabled", True)) == CROWDED
    assert found(changed(THREE, "Third", PIPE)) == CROWDED
    assert found(changed(changed(THREE, "Third", PIPE), "Third.Properties.DesiredState", "RUNNING")) == CROWDED


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Third.Properties.Enabled", False),
        ("Third.Properties.Enabled", UNKNOWN),
        ("Third.Properties.EventSourceArn", {"Fn::GetAtt": ["Baskets", "StreamArn"]}),
        ("Third.Properties.EventSourceArn", UNKNOWN),
        ("Third.Properties.EventSourceArn", "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/x"),
        ("Third.Condition", "Counting"),
    ],
)
def test_two_do_or_may(path: str, value: Any) -> None:
    body = changed(THREE, "Baskets", THREE["Resources"]["Orders"])
    body |= {"Parameters": {"Count": {"Type": "String"}}}
    body |= {"Conditions": {"Counting": {"Fn::Equals": [{"Ref": "Count"}, "yes"]}}}
    assert found(changed(body, path, value)) == []


def test_readers_of_streams_that_are_not_known() -> None:
    body = THREE
    for name in ("Billing", "Packing", "Third"):
        body = changed(body, f"{name}.Properties.EventSourceArn", UNKNOWN)
    assert found(body) == []


@pytest.mark.parametrize("state", ["STOPPED", UNKNOWN])
def test_a_pipe_that_does_not_run(state: Any) -> None:
    assert found(changed(changed(THREE, "Third", PIPE), "Third.Properties.DesiredState", state)) == []


def test_consumers_in_another_stack() -> None:
    table = without(without(right("DDB-3"), "Billing"), "Packing")
    table["Outputs"] = {"Stream": {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}, "Export": {"Name": "stream"}}}
    reader = changed({"Resources": {"R": READER}}, "R.Properties.EventSourceArn", {"Fn::ImportValue": "stream"})
    readers = {"Resources": dict.fromkeys(("One", "Two", "Three"), reader["Resources"]["R"])}
    assert found(stack(table, "Table"), stack(readers, "Readers")) == CROWDED


# DDB-4: poison

RIGHT = right("DDB-4")
BILLING = "Billing.Properties"
FOREVER = [("DDB-4", "Billing/Properties/MaximumRetryAttempts")]
LOST = [("DDB-4", "Billing/Properties/DestinationConfig/OnFailure/Destination")]


@pytest.mark.parametrize("value", [-1, "-1", None])
def test_retries_without_end(value: Any) -> None:
    body = changed(RIGHT, f"{BILLING}.MaximumRetryAttempts", value)
    assert found(body) == FOREVER
    assert found(changed(body, f"{BILLING}.MaximumRecordAgeInSeconds", -1)) == FOREVER
    assert found(changed(body, f"{BILLING}.MaximumRecordAgeInSeconds", 3600)) == []
    assert found(changed(body, f"{BILLING}.MaximumRecordAgeInSeconds", UNKNOWN)) == []
    assert found(without(body, f"{BILLING}.DestinationConfig")) == FOREVER


@pytest.mark.parametrize("value", [0, 10_000, "3", UNKNOWN, "many"])
def test_retries_with_an_end(value: Any) -> None:
    assert found(changed(RIGHT, f"{BILLING}.MaximumRetryAttempts", value)) == []


@pytest.mark.parametrize(
    "path", ["DestinationConfig", "DestinationConfig.OnFailure", "DestinationConfig.OnFailure.Destination"]
)
def test_no_destination(path: str) -> None:
    assert found(without(RIGHT, f"{BILLING}.{path}")) == LOST
    assert found(changed(RIGHT, f"{BILLING}.{path}", UNKNOWN)) == []


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026",
        {"Fn::Sub": "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/changes"},
        {"Fn::GetAtt": ["Changes", "Arn"]},
        {"Ref": "Reading"},
        {"Fn::GetAtt": ["Everywhere", "StreamArn"]},
    ],
)
def test_streams_of_all_kinds(arn: Any) -> None:
    body = changed(RIGHT, "Changes", {"Type": "AWS::Kinesis::Stream", "Properties": {}})
    body = changed(body, "Reading", {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {}})
    body = changed(body, "Everywhere", {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {}})
    body = changed(body, f"{BILLING}.EventSourceArn", arn)
    assert found(body) == []
    assert found(without(body, f"{BILLING}.MaximumRetryAttempts")) == FOREVER


@pytest.mark.parametrize("arn", ["arn:aws:sqs:eu-west-1:1:queue", UNKNOWN, None, {"Fn::GetAtt": ["Queue", "Arn"]}])
def test_other_sources(arn: Any) -> None:
    body = changed(RIGHT, "Queue", {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {"maxReceiveCount": 3}}})
    body = without(changed(body, f"{BILLING}.EventSourceArn", arn), f"{BILLING}.MaximumRetryAttempts")
    assert [rule for rule, _ in found(body) if rule.startswith("DDB")] == []


@pytest.mark.parametrize("kind", ["DynamoDBStreamParameters", "KinesisStreamParameters"])
def test_pipes_of_streams(kind: str) -> None:
    parameters = {"MaximumRetryAttempts": 3, "DeadLetterConfig": {"Arn": "arn:aws:sqs:::failed"}}
    body = changed(changed(RIGHT, "Billing", PIPE), f"{BILLING}.SourceParameters", {kind: parameters})
    assert found(body) == []
    place = f"Billing/Properties/SourceParameters/{kind}"
    assert found(without(body, f"{BILLING}.SourceParameters.{kind}.MaximumRetryAttempts")) == [
        ("DDB-4", f"{place}/MaximumRetryAttempts")
    ]
    assert found(without(body, f"{BILLING}.SourceParameters.{kind}.DeadLetterConfig")) == [
        ("DDB-4", f"{place}/DeadLetterConfig/Arn")
    ]


def test_pipes_of_other_sources() -> None:
    body = changed(changed(RIGHT, "Billing", PIPE), f"{BILLING}.SourceParameters", {"SqsQueueParameters": {}})
    assert found(body) == []


# DDB-9: retention


@pytest.mark.parametrize("hours", [23, 8_761, 0, "9000", 24.5])
def test_retention_out_of_range(hours: Any) -> None:
    body = changed(right("DDB-9"), "Changes.Properties.RetentionPeriodHours", hours)
    assert found(body) == [("DDB-9", "Changes/Properties/RetentionPeriodHours")]


@pytest.mark.parametrize("hours", [24, 8_760, "168", None, UNKNOWN, "a year", True])
def test_retention_in_range_or_unknown(hours: Any) -> None:
    assert found(changed(right("DDB-9"), "Changes.Properties.RetentionPeriodHours", hours)) == []
