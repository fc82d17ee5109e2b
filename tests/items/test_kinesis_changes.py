"""KinesisChanges: a table's changes in a Kinesis stream, who reads them, and who hears when one is missing."""

from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from constructs_lib import InvalidArgument
from constructs_lib.items.kinesis_changes import KinesisChanges
from constructs_lib.testing import template_of
from tests.items.stream_forms import STREAM_ARN, alarm_on, changes_in, imported_stream, stack_of, table_in, topic_in
from tests.items.test_item_table import function
from tests.statements import allowed, only, resources, role_of

STREAM, TABLE, MAPPING = "AWS::Kinesis::Stream", "AWS::DynamoDB::GlobalTable", "AWS::Lambda::EventSourceMapping"


@pytest.fixture(scope="module")
def by_default() -> dict[str, Any]:
    stack = stack_of()
    changes = changes_in(stack)
    changes.on_record(function(stack, "Shares"))
    changes.on_record(function(stack, "Alone"), fan_out=True, batch_size=5, patterns=[{"data": {"a": [1]}}])
    changes.grant_read(function(stack, "Reader"))
    return template_of(stack)


@pytest.fixture(scope="module")
def tuned() -> dict[str, Any]:
    stack = stack_of()
    changes_in(
        stack,
        retention=Duration.days(365),
        precision="microsecond",
        shards=3,
        encryption_key=kms.Key(stack, "Key"),
        alarm_topic=topic_in(stack),
        removal_policy=RemovalPolicy.DESTROY,
    )
    return template_of(stack)


def destination(template: dict[str, Any], region: str = "eu-west-1") -> dict[str, Any] | None:
    (replica,) = [each for each in only(template, TABLE)["Replicas"] if each["Region"] == region]
    found: dict[str, Any] | None = replica.get("KinesisStreamSpecification")
    return found


def role_named(template: dict[str, Any], description: str) -> str:
    (found,) = [
        each for each in resources(template, "AWS::Lambda::Function").values() if each.get("Description") == description
    ]
    return role_of(found)


def test_the_table_writes_to_the_stream(by_default: dict[str, Any], tuned: dict[str, Any]) -> None:
    for template, precision in ((by_default, "MILLISECOND"), (tuned, "MICROSECOND")):
        (stream,) = resources(template, STREAM)
        assert destination(template) == {
            "StreamArn": {"Fn::GetAtt": [stream, "Arn"]},
            "ApproximateCreationDateTimePrecision": precision,
        }


def test_by_default_the_stream_scales_by_itself_is_encrypted_and_kept(by_default: dict[str, Any]) -> None:
    (resource,) = [each for each in by_default["Resources"].values() if each["Type"] == STREAM]
    assert resource["Properties"] == {
        "RetentionPeriodHours": 24,
        "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
        "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
    }
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_each_argument_reaches_the_stream(tuned: dict[str, Any]) -> None:
    (resource,) = [each for each in tuned["Resources"].values() if each["Type"] == STREAM]
    (key,) = resources(tuned, "AWS::KMS::Key")
    assert resource["Properties"] == {
        "RetentionPeriodHours": 8760,
        "ShardCount": 3,
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "StreamEncryption": {"EncryptionType": "KMS", "KeyId": {"Fn::GetAtt": [key, "Arn"]}},
    }
    assert resource["DeletionPolicy"] == "Delete"


def test_a_global_table_writes_from_its_own_region() -> None:
    stack = stack_of()
    table = dynamodb.TableV2(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        replicas=[dynamodb.ReplicaTableProps(region="eu-central-1"), dynamodb.ReplicaTableProps(region="us-east-1")],
    )
    KinesisChanges(stack, "Changes", table=table)
    template = template_of(stack)
    assert destination(template)
    assert destination(template, "eu-central-1") is None
    assert destination(template, "us-east-1") is None


def test_a_stream_of_ones_own_is_taken_as_it_is() -> None:
    stack = stack_of()
    changes = changes_in(stack, stream=imported_stream(stack))
    changes.on_record(function(stack, "Listener"))
    template = template_of(stack)
    assert resources(template, STREAM) == {}
    assert destination(template) == {"StreamArn": STREAM_ARN, "ApproximateCreationDateTimePrecision": "MILLISECOND"}
    assert only(template, MAPPING)["EventSourceArn"] == STREAM_ARN
    # What it keeps is not known; 24 hours it is at least.
    assert alarm_on(template, "GetRecords.IteratorAgeMilliseconds")["Threshold"] == 12 * 3_600_000


def test_readers_share_the_stream_or_have_a_throughput_of_their_own(by_default: dict[str, Any]) -> None:
    (stream,) = resources(by_default, STREAM)
    ((consumer, properties),) = resources(by_default, "AWS::Kinesis::StreamConsumer").items()
    assert properties["StreamARN"] == {"Fn::GetAtt": [stream, "Arn"]}
    sources = [mapping["EventSourceArn"]["Fn::GetAtt"] for mapping in resources(by_default, MAPPING).values()]
    assert sources == [[stream, "Arn"], [consumer, "ConsumerARN"]]


def test_a_reader_may_read_the_stream_and_its_own_consumer(by_default: dict[str, Any]) -> None:
    (stream,) = resources(by_default, STREAM)
    (consumer,) = resources(by_default, "AWS::Kinesis::StreamConsumer")
    shares, alone = (allowed(by_default, role_named(by_default, name)) for name in ("Shares", "Alone"))
    assert shares["kinesis:GetRecords"] == [{"Fn::GetAtt": [stream, "Arn"]}]
    assert {"Fn::GetAtt": [consumer, "ConsumerARN"]} in alone["kinesis:SubscribeToShard"]
    assert {"Fn::GetAtt": [consumer, "ConsumerARN"]} not in shares["kinesis:SubscribeToShard"]
    assert not any("Put" in action for action in (*shares, *alone) if action.startswith("kinesis:"))


def test_a_reader_has_the_arguments_of_a_change_stream(by_default: dict[str, Any]) -> None:
    shares, alone = resources(by_default, MAPPING).values()
    assert (shares["BatchSize"], alone["BatchSize"]) == (100, 5)
    assert [each["Pattern"] for each in alone["FilterCriteria"]["Filters"]] == ['{"data":{"a":[1]}}']
    assert shares["BisectBatchOnFunctionError"] is alone["BisectBatchOnFunctionError"] is True


def test_every_argument_of_a_reader_is_passed_on() -> None:
    stack = stack_of()
    changes = changes_in(stack)
    delivery = changes.on_record(
        function(stack, "Listener"),
        batch_window=Duration.seconds(9),
        parallelization_factor=2,
        retries=4,
        maximum_record_age=Duration.days(2),
        starting_position=lambda_.StartingPosition.LATEST,
        alarm_topic=topic_in(stack),
    )
    assert changes.deliveries == [delivery]
    template = template_of(stack)
    mapping = only(template, MAPPING)
    assert (mapping["MaximumBatchingWindowInSeconds"], mapping["ParallelizationFactor"]) == (9, 2)
    assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (4, 172_800)
    assert mapping["StartingPosition"] == "LATEST"
    assert alarm_on(template, "ApproximateNumberOfMessagesVisible")["AlarmActions"]


def test_a_granted_function_reads_and_knows_the_stream(by_default: dict[str, Any]) -> None:
    (stream,) = resources(by_default, STREAM)
    granted = allowed(by_default, role_named(by_default, "Reader"))
    assert {"kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"} <= set(granted)
    assert not any("Put" in action for action in granted)
    variables = [
        each["Environment"]["Variables"]
        for each in resources(by_default, "AWS::Lambda::Function").values()
        if "Environment" in each
    ]
    assert variables == [{"STREAM_ARN": {"Fn::GetAtt": [stream, "Arn"]}}]


def test_a_key_of_ones_own_is_granted_with_the_stream() -> None:
    stack = stack_of()
    changes = changes_in(stack, encryption_key=kms.Key(stack, "Key"))
    changes.on_record(function(stack, "Listener"))
    changes.grant_read(iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    template = template_of(stack)
    (role,) = [name for name in resources(template, "AWS::IAM::Role") if name.startswith("Role")]
    for reader in (role_named(template, "Listener"), role):
        assert [arn["Fn::GetAtt"] for arn in allowed(template, reader)["kms:Decrypt"]] == [
            [*resources(template, "AWS::KMS::Key"), "Arn"]
        ]


@pytest.mark.parametrize(
    ("selected", "threshold", "periods"),
    [("SUM(FailedToReplicateRecordCount)", 0, 1), ("MAX(AgeOfOldestUnreplicatedRecord)", 300_000, 5)],
)
def test_a_change_that_is_left_out_or_late_raises_an_alarm(
    by_default: dict[str, Any], selected: str, threshold: int, periods: int
) -> None:
    """By a query of the table alone: the value of the metric's other dimension is documented nowhere."""
    alarm = alarm_on(by_default, selected)
    (query,) = alarm["Metrics"]
    (table,) = resources(by_default, TABLE)
    assert query["Expression"]["Fn::Join"] == [
        "",
        [f'SELECT {selected} FROM "AWS/DynamoDB" WHERE TableName = \'', {"Ref": table}, "'"],
    ]
    assert (query["Period"], query["ReturnData"]) == (60, True)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", threshold)
    assert alarm["EvaluationPeriods"] == periods


@pytest.mark.parametrize("metric", ["WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded"])
def test_a_throttled_stream_raises_an_alarm(by_default: dict[str, Any], metric: str) -> None:
    alarm = alarm_on(by_default, metric)
    assert alarm["Namespace"] == "AWS/Kinesis"
    assert [each["Value"]["Ref"] for each in alarm["Dimensions"]] == [*resources(by_default, STREAM)]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 0, 5)


def test_a_reader_that_is_half_of_the_retention_behind_raises_an_alarm(
    by_default: dict[str, Any], tuned: dict[str, Any]
) -> None:
    for template, hours in ((by_default, 12), (tuned, 365 * 12)):
        alarm = alarm_on(template, "GetRecords.IteratorAgeMilliseconds")
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", hours * 3_600_000)


def test_somebody_is_told_of_every_alarm(tuned: dict[str, Any]) -> None:
    alarms = resources(tuned, "AWS::CloudWatch::Alarm").values()
    assert [alarm["AlarmActions"] for alarm in alarms] == [["arn:aws:sns:eu-west-1:123456789012:on-call"]] * 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"retention": Duration.hours(23)}, "retention must be 24 to 8760 hours, got 23 (Change the data retention"),
        ({"retention": Duration.days(366)}, "got 8784"),
        ({"retention": 7}, "retention must be a Duration, got 7"),
        ({"retention": Duration.minutes(24 * 60 + 30)}, "got 24.5"),
        ({"precision": "second"}, "precision must be one of 'millisecond', 'microsecond', got 'second'"),
        ({"shards": 0}, "shards must be 1 to 20000 shards, got 0"),
        ({"shards": 20_001}, "got 20001"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = stack_of()
    table = table_in(stack)
    with pytest.raises(InvalidArgument) as refused:
        KinesisChanges(stack, "Changes", table=table, **arguments)
    assert sentence in str(refused.value)
    assert [child.node.id for child in stack.node.children] == ["Orders"]


@pytest.mark.parametrize("name", ["retention", "shards", "encryption_key"])
def test_a_stream_of_ones_own_decides_for_itself(name: str) -> None:
    stack = stack_of()
    value = {"retention": Duration.days(2), "shards": 2, "encryption_key": kms.Key(stack, "Key")}[name]
    with pytest.raises(InvalidArgument, match=f"{name} must be left out: the stream is yours"):
        changes_in(stack, stream=imported_stream(stack), **{name: value})


def test_a_table_has_one_stream() -> None:
    stack = stack_of()
    table = table_in(stack)
    KinesisChanges(stack, "Changes", table=table)
    with pytest.raises(InvalidArgument, match="table must have no other Kinesis stream, got 'Items/Orders/Table'"):
        KinesisChanges(stack, "More", table=table)


def test_a_21st_reader_cannot_have_a_throughput_of_its_own() -> None:
    stack = stack_of()
    changes = changes_in(stack)
    for number in range(20):
        changes.on_record(function(stack, f"Reader{number}"), fan_out=True)
    with pytest.raises(InvalidArgument, match="fan_out must be 0 to 20 consumers with enhanced fan-out, got 21"):
        changes.on_record(function(stack, "OneMore"), fan_out=True)
    changes.on_record(function(stack, "Shares"))


def test_a_refused_reader_takes_no_place() -> None:
    stack = stack_of()
    changes = changes_in(stack)
    with pytest.raises(InvalidArgument, match="batch_size"):
        changes.on_record(function(stack, "Listener"), batch_size=0)
    assert changes.deliveries == []
