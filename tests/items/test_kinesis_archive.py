"""KinesisArchive: what lies where in S3, for how long, who may write it, and who hears when it does not come."""

from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib import InvalidArgument
from constructs_lib.items.kinesis_archive import KinesisArchive
from constructs_lib.testing import template_of
from tests.items.stream_forms import STREAM_ARN, alarm_on, changes_in, imported_stream, stack_of, topic_in
from tests.statements import allowed, listed, only, resources

DELIVERY, BUCKET, LOG = "AWS::KinesisFirehose::DeliveryStream", "AWS::S3::Bucket", "AWS::Logs::LogGroup"
TENANT = {"tenant": ".dynamodb.Keys.tenant.S"}


def archived(**arguments: Any) -> dict[str, Any]:
    """The template of an archive of a table's changes."""
    stack = stack_of()
    KinesisArchive(stack, "Archive", source=changes_in(stack), **arguments)
    return template_of(stack)


@pytest.fixture(scope="module")
def by_default() -> dict[str, Any]:
    return archived()


@pytest.fixture(scope="module")
def tuned() -> dict[str, Any]:
    stack = stack_of()
    key = kms.Key(stack, "Key")
    KinesisArchive(
        stack,
        "Archive",
        source=changes_in(stack, encryption_key=key),
        partition_by={**TENANT, "kind": ".dynamodb.NewImage.kind.S"},
        folder="orders/",
        error_folder="failed/",
        buffer_mib=128,
        buffer_interval=Duration.minutes(10),
        cold_after=Duration.days(30),
        expire_after=Duration.days(365),
        encryption_key=key,
        access_logs=s3.Bucket(stack, "AccessLogs"),
        log_retention=logs.RetentionDays.ONE_YEAR,
        alarm_topic=topic_in(stack),
        removal_policy=RemovalPolicy.DESTROY,
    )
    return template_of(stack)


def destination(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = only(template, DELIVERY)["ExtendedS3DestinationConfiguration"]
    return found


def archive_bucket(template: dict[str, Any]) -> str:
    """The logical id of the bucket that the archive lies in."""
    name: str = destination(template)["BucketARN"]["Fn::GetAtt"][0]
    return name


def role(template: dict[str, Any]) -> dict[str, list[Any]]:
    """What Firehose may do; it writes with the role that it reads with."""
    source, target = only(template, DELIVERY)["KinesisStreamSourceConfiguration"], destination(template)
    assert source["RoleARN"] == target["RoleARN"]
    return allowed(template, target["RoleARN"]["Fn::GetAtt"][0])


def in_bucket(template: dict[str, Any], pattern: str) -> dict[str, Any]:
    return {"Fn::Join": ["", [{"Fn::GetAtt": [archive_bucket(template), "Arn"]}, pattern]]}


def processors(template: dict[str, Any]) -> dict[str, dict[str, str]]:
    processing = destination(template)["ProcessingConfiguration"]
    assert processing["Enabled"] is True
    return {
        each["Type"]: {one["ParameterName"]: one["ParameterValue"] for one in each["Parameters"]}
        for each in processing["Processors"]
    }


def test_the_stream_is_read(by_default: dict[str, Any]) -> None:
    delivery = only(by_default, DELIVERY)
    assert delivery["DeliveryStreamType"] == "KinesisStreamAsSource"
    (stream,) = resources(by_default, "AWS::Kinesis::Stream")
    assert delivery["KinesisStreamSourceConfiguration"]["KinesisStreamARN"] == {"Fn::GetAtt": [stream, "Arn"]}


def test_any_stream_can_be_archived() -> None:
    stack = stack_of()
    KinesisArchive(stack, "Archive", source=imported_stream(stack))
    template = template_of(stack)
    assert only(template, DELIVERY)["KinesisStreamSourceConfiguration"]["KinesisStreamARN"] == STREAM_ARN
    assert role(template)["kinesis:GetRecords"] == [STREAM_ARN]


def test_by_default_changes_lie_by_day_a_line_each_compressed(by_default: dict[str, Any]) -> None:
    target = destination(by_default)
    assert target["Prefix"] == "changes/date=!{timestamp:yyyy-MM-dd}/"
    assert target["ErrorOutputPrefix"] == "errors/!{firehose:error-output-type}/date=!{timestamp:yyyy-MM-dd}/"
    assert (target["CompressionFormat"], target["FileExtension"]) == ("GZIP", ".json.gz")
    assert target["BufferingHints"] == {"SizeInMBs": 64, "IntervalInSeconds": 300}
    assert processors(by_default) == {"AppendDelimiterToRecord": {"Delimiter": "\\n"}}
    assert "DynamicPartitioningConfiguration" not in target


def test_changes_lie_by_their_keys_when_asked_for(tuned: dict[str, Any]) -> None:
    target = destination(tuned)
    keys = "tenant=!{partitionKeyFromQuery:tenant}/kind=!{partitionKeyFromQuery:kind}/"
    assert target["Prefix"] == f"orders/{keys}date=!{{timestamp:yyyy-MM-dd}}/"
    assert target["ErrorOutputPrefix"].startswith("failed/!{firehose:error-output-type}/")
    assert target["DynamicPartitioningConfiguration"] == {"Enabled": True, "RetryOptions": {"DurationInSeconds": 300}}
    assert processors(tuned) == {
        "MetadataExtraction": {
            "MetadataExtractionQuery": "{tenant: .dynamodb.Keys.tenant.S, kind: .dynamodb.NewImage.kind.S}",
            "JsonParsingEngine": "JQ-1.6",
        },
        "AppendDelimiterToRecord": {"Delimiter": "\\n"},
    }
    assert target["BufferingHints"] == {"SizeInMBs": 128, "IntervalInSeconds": 600}


def test_partitions_make_another_delivery_stream(by_default: dict[str, Any]) -> None:
    """AWS refuses to add them to one that there is."""
    assert set(resources(by_default, DELIVERY)).isdisjoint(resources(archived(partition_by=TENANT), DELIVERY))


def test_the_bucket_is_private_versioned_encrypted_and_kept(by_default: dict[str, Any]) -> None:
    buckets = {name: each for name, each in by_default["Resources"].items() if each["Type"] == BUCKET}
    assert len(buckets) == 2
    for bucket in buckets.values():
        assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    guarded = set()
    for policy in resources(by_default, "AWS::S3::BucketPolicy").values():
        denied = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        assert [each["Condition"] for each in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
        guarded.add(policy["Bucket"]["Ref"])
    assert guarded == set(buckets)


def test_nothing_of_an_archive_is_deleted_by_default(by_default: dict[str, Any]) -> None:
    bucket = resources(by_default, BUCKET)[archive_bucket(by_default)]
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}, "Status": "Enabled"}
    ]


def test_files_grow_cold_and_expire_when_asked_for(tuned: dict[str, Any]) -> None:
    (rule,) = resources(tuned, BUCKET)[archive_bucket(tuned)]["LifecycleConfiguration"]["Rules"]
    assert rule["Transitions"] == [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30}]
    assert rule["ExpirationInDays"] == 365
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert tuned["Resources"][archive_bucket(tuned)]["DeletionPolicy"] == "Delete"


def test_requests_are_logged_for_a_year(by_default: dict[str, Any]) -> None:
    archive = archive_bucket(by_default)
    (access_logs,) = set(resources(by_default, BUCKET)) - {archive}
    logging = resources(by_default, BUCKET)[archive]["LoggingConfiguration"]
    assert logging == {"DestinationBucketName": {"Ref": access_logs}, "LogFilePrefix": "archive/"}
    (rule,) = resources(by_default, BUCKET)[access_logs]["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (365, {"NoncurrentDays": 30})
    let_in = [
        (policy["Bucket"]["Ref"], statement)
        for policy in resources(by_default, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    ((bucket, statement),) = let_in
    assert bucket == access_logs
    assert statement["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert (statement["Action"], statement["Condition"]) == (
        "s3:PutObject",
        {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    )
    assert statement["Resource"]["Fn::Join"][1] == [{"Fn::GetAtt": [access_logs, "Arn"]}, "/archive/*"]
    # S3 tries whether it may write there.
    policies = resources(by_default, "AWS::S3::BucketPolicy")
    assert {policies[name]["Bucket"]["Ref"] for name in by_default["Resources"][archive]["DependsOn"]} == {access_logs}


def test_access_logs_go_where_one_says(tuned: dict[str, Any]) -> None:
    archive = archive_bucket(tuned)
    (access_logs,) = set(resources(tuned, BUCKET)) - {archive}
    assert access_logs.startswith("AccessLogs")
    logging = resources(tuned, BUCKET)[archive]["LoggingConfiguration"]
    assert logging["DestinationBucketName"] == {"Ref": access_logs}


def test_firehose_may_read_the_stream_write_the_two_folders_and_log(by_default: dict[str, Any]) -> None:
    granted = role(by_default)
    stream = [{"Fn::GetAtt": [*resources(by_default, "AWS::Kinesis::Stream"), "Arn"]}]
    bucket = [{"Fn::GetAtt": [archive_bucket(by_default), "Arn"]}]
    folders = [in_bucket(by_default, "/changes/*"), in_bucket(by_default, "/errors/*")]
    log = [{"Fn::GetAtt": [*resources(by_default, LOG), "Arn"]}]
    assert granted == {
        **{f"kinesis:{name}": stream for name in ("DescribeStream", "GetShardIterator", "GetRecords", "ListShards")},
        **{f"s3:{name}": bucket for name in ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads")},
        **{f"s3:{name}": folders for name in ("AbortMultipartUpload", "GetObject", "PutObject")},
        "logs:PutLogEvents": log,
    }
    (trust,) = only(by_default, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "firehose.amazonaws.com"}


def test_keys_of_ones_own_encrypt_and_are_granted(tuned: dict[str, Any]) -> None:
    key = {"Fn::GetAtt": [*resources(tuned, "AWS::KMS::Key"), "Arn"]}
    (rule,) = resources(tuned, BUCKET)[archive_bucket(tuned)]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
    }
    assert only(tuned, LOG)["KmsKeyId"] == key
    logs_may = [each for each in only(tuned, "AWS::KMS::Key")["KeyPolicy"]["Statement"] if "logs" in str(each)]
    assert len(logs_may) == 1
    granted = role(tuned)
    # Decrypted is what lies in the stream, and what is written to S3 in parts.
    assert granted["kms:Decrypt"] == [key, key]
    assert granted["kms:GenerateDataKey"] == [key]


def test_errors_are_logged_for_a_finite_time(by_default: dict[str, Any], tuned: dict[str, Any]) -> None:
    for template, days in ((by_default, 90), (tuned, 365)):
        assert only(template, LOG)["RetentionInDays"] == days
        assert destination(template)["CloudWatchLoggingOptions"] == {
            "Enabled": True,
            "LogGroupName": {"Ref": next(iter(resources(template, LOG)))},
            "LogStreamName": {"Ref": next(iter(resources(template, "AWS::Logs::LogStream")))},
        }


def test_a_bucket_of_ones_own_is_taken_as_it_is() -> None:
    stack = stack_of()
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Own", encryption_key=key)
    archive = KinesisArchive(stack, "Archive", source=changes_in(stack), bucket=bucket)
    assert archive.access_logs is None
    template = template_of(stack)
    assert [archive_bucket(template)] == [*resources(template, BUCKET)]
    granted = role(template)
    assert granted["s3:PutObject"] == [in_bucket(template, "/changes/*"), in_bucket(template, "/errors/*")]
    assert granted["kms:GenerateDataKey"] == [{"Fn::GetAtt": [*resources(template, "AWS::KMS::Key"), "Arn"]}]


@pytest.mark.parametrize(
    ("metric", "statistic", "operator", "threshold"),
    [
        ("DeliveryToS3.DataFreshness", "Maximum", "GreaterThanThreshold", 900),
        ("DeliveryToS3.Success", "Average", "LessThanThreshold", 1),
    ],
)
def test_an_archive_that_stands_still_raises_an_alarm(
    by_default: dict[str, Any], metric: str, statistic: str, operator: str, threshold: int
) -> None:
    alarm = alarm_on(by_default, metric)
    assert alarm["Namespace"] == "AWS/Firehose"
    assert alarm["Dimensions"] == [
        {"Name": "DeliveryStreamName", "Value": {"Ref": next(iter(resources(by_default, DELIVERY)))}}
    ]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == (statistic, 300, 3)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (operator, threshold)


def test_lateness_is_judged_by_how_long_a_file_is_gathered(tuned: dict[str, Any]) -> None:
    assert alarm_on(tuned, "DeliveryToS3.DataFreshness")["Threshold"] == 1800
    assert alarm_on(archived(buffer_interval=Duration.seconds(60)), "DeliveryToS3.DataFreshness")["Threshold"] == 900


def test_whatever_is_logged_raises_an_alarm(by_default: dict[str, Any]) -> None:
    alarm = alarm_on(by_default, "IncomingLogEvents")
    assert alarm["Namespace"] == "AWS/Logs"
    assert alarm["Dimensions"] == [{"Name": "LogGroupName", "Value": {"Ref": next(iter(resources(by_default, LOG)))}}]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 0, 1)


def test_somebody_is_told_of_every_alarm(tuned: dict[str, Any]) -> None:
    ours = [each for each in resources(tuned, "AWS::CloudWatch::Alarm").values() if "Archive" in str(each)]
    assert [listed(alarm.get("AlarmActions")) for alarm in ours] == [["arn:aws:sns:eu-west-1:123456789012:on-call"]] * 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"buffer_interval": 60}, "buffer_interval must be a Duration, got 60"),
        ({"cold_after": 30}, "cold_after must be a Duration, got 30"),
        ({"folder": "changes"}, 'folder must be as "changes/": end in a slash'),
        ({"folder": "/changes/"}, "got '/changes/' (Custom prefixes for Amazon S3 objects, Amazon Data Firehose)"),
        ({"folder": ""}, "got ''"),
        ({"folder": "!{timestamp:yyyy}/"}, "folder must be as"),
        ({"error_folder": "errors"}, "error_folder must be as"),
        ({"folder": "a/", "error_folder": "a/errors/"}, "error_folder must lie apart from folder, got 'a/errors/'"),
        ({"folder": "a/changes/", "error_folder": "a/"}, "lie apart"),
        ({"partition_by": {"a-b": ".a"}}, "partition_by must have names of letters, digits and underscores"),
        ({"partition_by": {"date": ".a"}}, "none of which is 'date', got 'date' (Dynamic partitioning"),
        ({"partition_by": {"a": "tenant"}}, "partition_by['a'] must be a jq expression that begins with a dot"),
        ({"partition_by": {f"k{n}": ".a" for n in range(51)}}, "partition_by must be 0 to 50 partition keys, got 51"),
        ({"buffer_mib": 0}, "buffer_mib must be 1 to 128 MiB, got 0"),
        ({"buffer_mib": 129}, "got 129 (Amazon Data Firehose BufferingHints)"),
        ({"buffer_mib": 63, "partition_by": TENANT}, "buffer_mib must be 64 to 128 MiB, got 63 (Dynamic partitioning"),
        ({"buffer_interval": Duration.seconds(901)}, "buffer_interval must be 0 to 900 seconds, got 901"),
        ({"buffer_interval": Duration.seconds(59), "partition_by": TENANT}, "60 to 900 seconds, got 59"),
        ({"cold_after": Duration.hours(12)}, "cold_after must be 1 to 2147483647 days, got 0.5"),
        ({"expire_after": Duration.hours(36)}, "expire_after must be 1 to 2147483647 days, got 1.5"),
        (
            {"cold_after": Duration.days(30), "expire_after": Duration.days(30)},
            "expire_after must come after cold_after (30 days), got 30 (Amazon S3 LifecycleExpiration)",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = stack_of()
    stream = imported_stream(stack)
    with pytest.raises(InvalidArgument) as refused:
        KinesisArchive(stack, "Archive", source=stream, **arguments)
    assert sentence in str(refused.value)
    assert [child.node.id for child in stack.node.children] == ["Own"]


@pytest.mark.parametrize("name", ["cold_after", "expire_after", "access_logs"])
def test_a_bucket_of_ones_own_decides_for_itself(name: str) -> None:
    stack = stack_of()
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "orders")
    value: Any = bucket if name == "access_logs" else Duration.days(30)
    with pytest.raises(InvalidArgument, match=f"{name} must be left out: the bucket is yours"):
        KinesisArchive(stack, "Archive", source=imported_stream(stack), bucket=bucket, **{name: value})
