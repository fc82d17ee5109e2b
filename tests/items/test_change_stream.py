"""ChangeStream: how Lambda reads a table's stream, and what a bad record or a slow function does to it."""

from typing import Any

import pytest
from aws_cdk import App, Duration
from aws_cdk import aws_lambda as lambda_

from constructs_lib import InvalidArgument, ItemTable
from constructs_lib.items.change_stream import ChangeStream
from constructs_lib.testing import template_of
from tests.items.stream_forms import STREAM_ARN, alarm_on, imported_stream, stack_of, table_in, topic_in
from tests.items.test_item_table import function
from tests.statements import allowed, only, resources, role_of

MAPPING = "AWS::Lambda::EventSourceMapping"


def delivered(**arguments: Any) -> dict[str, Any]:
    """The template of a table's changes, delivered to a function."""
    stack = stack_of()
    if arguments.pop("told", False):
        arguments["alarm_topic"] = topic_in(stack)
    ChangeStream(stack, "Changes", source=table_in(stack), function=function(stack, "Listener"), **arguments)
    return template_of(stack)


@pytest.fixture(scope="module")
def by_default() -> dict[str, Any]:
    return delivered()


@pytest.fixture(scope="module")
def tuned() -> dict[str, Any]:
    return delivered(
        patterns=[{"eventName": ["REMOVE"]}, {"eventName": ["INSERT"]}],
        batch_size=7,
        batch_window=Duration.seconds(20),
        parallelization_factor=4,
        retries=3,
        maximum_record_age=Duration.minutes(2),
        starting_position=lambda_.StartingPosition.LATEST,
        told=True,
    )


def test_by_default_every_change_is_delivered_from_the_oldest_on(by_default: dict[str, Any]) -> None:
    mapping = only(by_default, MAPPING)
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert (mapping["BatchSize"], mapping["ParallelizationFactor"]) == (100, 1)
    assert "FilterCriteria" not in mapping
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert only(by_default, "AWS::DynamoDB::GlobalTable")["StreamSpecification"] == {
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    }


def test_by_default_a_bad_record_is_given_up_and_the_others_go_on(by_default: dict[str, Any]) -> None:
    mapping = only(by_default, MAPPING)
    assert mapping["BisectBatchOnFunctionError"] is True
    assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (10, 3600)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queue = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    assert queue in resources(by_default, "AWS::SQS::Queue")


def test_each_argument_reaches_the_mapping(tuned: dict[str, Any]) -> None:
    mapping = only(tuned, MAPPING)
    assert mapping["StartingPosition"] == "LATEST"
    assert mapping["BatchSize"] == 7
    assert mapping["MaximumBatchingWindowInSeconds"] == 20
    assert mapping["ParallelizationFactor"] == 4
    assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (3, 120)
    assert [each["Pattern"] for each in mapping["FilterCriteria"]["Filters"]] == [
        '{"eventName":["REMOVE"]}',
        '{"eventName":["INSERT"]}',
    ]


def test_an_alarm_comes_before_records_are_given_up_unseen(by_default: dict[str, Any], tuned: dict[str, Any]) -> None:
    for template, milliseconds in ((by_default, 1_800_000), (tuned, 60_000)):
        alarm = alarm_on(template, "IteratorAge")
        assert alarm["Namespace"] == "AWS/Lambda"
        assert [(each["Name"], each["Value"]["Ref"]) for each in alarm["Dimensions"]] == [
            ("FunctionName", *resources(template, "AWS::Lambda::Function"))
        ]
        assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Maximum", 60, 3)
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", milliseconds)
        assert alarm["TreatMissingData"] == "notBreaching"


def test_an_alarm_comes_when_it_is_asked_for() -> None:
    template = delivered(late_after=Duration.minutes(5))
    assert alarm_on(template, "IteratorAge")["Threshold"] == 300_000


@pytest.mark.parametrize("late", [Duration.millis(999), Duration.minutes(61), 5])
def test_an_alarm_that_could_not_come_is_refused(late: Any) -> None:
    with pytest.raises(InvalidArgument, match="late_after"):
        delivered(late_after=late)


def test_somebody_is_told_of_both_alarms(by_default: dict[str, Any], tuned: dict[str, Any]) -> None:
    told = [alarm.get("AlarmActions") for alarm in resources(tuned, "AWS::CloudWatch::Alarm").values()]
    assert told == [["arn:aws:sns:eu-west-1:123456789012:on-call"]] * 2
    assert alarm_on(tuned, "IteratorAge")["OKActions"] == ["arn:aws:sns:eu-west-1:123456789012:on-call"]
    assert "AlarmActions" not in alarm_on(by_default, "IteratorAge")


def test_the_function_reads_this_stream_and_no_other(by_default: dict[str, Any]) -> None:
    granted = allowed(by_default, role_of(only(by_default, "AWS::Lambda::Function")))
    reads = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    sends = {"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}
    assert set(granted) == {f"dynamodb:{action}" for action in reads} | sends
    assert [arn["Fn::GetAtt"][1] for arn in granted["dynamodb:GetRecords"]] == ["StreamArn"]


def test_the_mapping_waits_for_the_rights_that_it_is_checked_for(by_default: dict[str, Any]) -> None:
    (mapping,) = [each for each in by_default["Resources"].values() if each["Type"] == MAPPING]
    assert set(mapping["DependsOn"]) & set(resources(by_default, "AWS::IAM::Policy"))


def test_a_kinesis_stream_is_delivered_as_safely() -> None:
    stack = stack_of()
    ChangeStream(stack, "Changes", source=imported_stream(stack), function=function(stack, "Listener"))
    template = template_of(stack)
    mapping = only(template, MAPPING)
    assert mapping["EventSourceArn"] == STREAM_ARN
    assert (mapping["BisectBatchOnFunctionError"], mapping["MaximumRetryAttempts"]) == (True, 10)
    granted = allowed(template, role_of(only(template, "AWS::Lambda::Function")))
    assert granted["kinesis:GetRecords"] == [STREAM_ARN]
    assert not any(action.startswith("dynamodb:") for action in granted)


def test_a_function_in_another_stack_needs_the_tables_and_not_the_other_way_round() -> None:
    app = App()
    data, handlers = stack_of("Data", app), stack_of("Handlers", app)
    listener = function(handlers, "Listener")
    ChangeStream(data, "Changes", source=table_in(data), function=listener)
    template = template_of(handlers)
    assert [each.node.id for each in handlers.dependencies] == ["Data"]
    assert data.dependencies == []
    assert only(template, MAPPING)["FunctionName"] == {"Ref": next(iter(resources(template, "AWS::Lambda::Function")))}
    assert alarm_on(template, "IteratorAge")
    assert resources(template_of(data), "AWS::SQS::Queue")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"patterns": [{}] * 11}, "patterns must be 0 to 10 patterns, got 11 (Lambda quotas)"),
        ({"patterns": {"eventName": ["REMOVE"]}}, "patterns must be a list of event patterns, such as"),
        ({"patterns": [{"dynamodb": {"NewImage": {"state": "sent"}}}]}, "patterns must be a list of event patterns"),
        ({"maximum_record_age": 60}, "maximum_record_age must be a Duration, got 60"),
        ({"batch_window": 20}, "batch_window must be a Duration, got 20"),
        ({"batch_size": 0}, "batch_size must be 1 to 10000 records, got 0"),
        ({"batch_size": 10_001}, "got 10001 (Lambda event source mapping parameters for DynamoDB)"),
        ({"batch_window": Duration.seconds(301)}, "batch_window must be 0 to 300 seconds, got 301"),
        ({"batch_window": Duration.millis(500)}, "got 0.5"),
        ({"parallelization_factor": 0}, "parallelization_factor must be 1 to 10 batches a shard, got 0"),
        ({"parallelization_factor": 11}, "got 11"),
        ({"retries": -1}, "retries must be 0 to 10000 retries, got -1"),
        ({"retries": 10_001}, "got 10001"),
        ({"maximum_record_age": Duration.seconds(59)}, "maximum_record_age must be 60 to 86400 seconds, got 59"),
        ({"maximum_record_age": Duration.hours(25)}, "got 90000"),
        ({"starting_position": lambda_.StartingPosition.AT_TIMESTAMP}, "starting_position must be one of"),
    ],
)
def test_what_lambda_would_refuse_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = stack_of()
    table, listener = table_in(stack), function(stack, "Listener")
    before = len(stack.node.find_all())
    with pytest.raises(InvalidArgument) as refused:
        ChangeStream(stack, "Changes", source=table, function=listener, **arguments)
    assert sentence in str(refused.value)
    assert len(stack.node.find_all()) == before


def test_a_second_listener_of_the_same_id_is_refused() -> None:
    app = App()
    stack = stack_of(app=app)
    table = ItemTable(stack, "Orders", partition_key="pk")
    changes = table.stream_to_kinesis()
    ours, theirs = function(stack, "Listener"), function(stack_of("Theirs", app), "Listener")
    for listen in (table.on_change, changes.on_record):
        listen(ours)
        for each in (ours, theirs):
            with pytest.raises(InvalidArgument, match="function must have another construct id than those"):
                listen(each)
