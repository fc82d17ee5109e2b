"""A table that is filled from files in S3 when it is made."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.indexes import Index
from constructs_lib.testing import template_of
from tests.items.tables import TABLE, refusal, resource, stack_in
from tests.items.test_item_table import function
from tests.statements import Template, only, resources

PROVISIONED = Capacity.provisioned(read=Scaling(5, 100), write=Scaling(2, 40, target=50))


def bucket(stack: Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Files", "files-of-ours")


def imported(source: Callable[[s3.IBucket], ImportSource] = ImportSource.ion, **arguments: Any) -> Template:
    stack = stack_in()
    ItemTable(stack, "Requests", partition_key="pk", sort_key="sk", import_from=source(bucket(stack)), **arguments)
    return template_of(stack)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            lambda files: ImportSource.csv(files, prefix="in/", delimiter=";", header=["pk", "total"]),
            {
                "InputFormat": "CSV",
                "InputFormatOptions": {"Csv": {"Delimiter": ";", "HeaderList": ["pk", "total"]}},
                "InputCompressionType": "NONE",
                "S3BucketSource": {"S3Bucket": "files-of-ours", "S3KeyPrefix": "in/"},
            },
        ),
        (
            lambda files: ImportSource.dynamodb_json(files, prefix="AWSDynamoDB/01/data/", compression="gzip"),
            {
                "InputFormat": "DYNAMODB_JSON",
                "InputCompressionType": "GZIP",
                "S3BucketSource": {"S3Bucket": "files-of-ours", "S3KeyPrefix": "AWSDynamoDB/01/data/"},
            },
        ),
        (
            lambda files: ImportSource.ion(files, compression="zstd"),
            {
                "InputFormat": "ION",
                "InputCompressionType": "ZSTD",
                "S3BucketSource": {"S3Bucket": "files-of-ours"},
            },
        ),
    ],
)
def test_each_format_is_named_with_its_files(
    source: Callable[[s3.IBucket], ImportSource], expected: dict[str, Any]
) -> None:
    assert only(imported(source), TABLE)["ImportSourceSpecification"] == expected


def test_it_is_kept_as_every_table_is() -> None:
    template = imported(ttl_attribute="expires_at", recovery_days=7)
    table = resource(template, TABLE)
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    assert properties["PointInTimeRecoverySpecification"] == recovery
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["pk", "sk"]


def test_its_settings_are_those_of_every_table() -> None:
    mode = dynamodb.ContributorInsightsMode.THROTTLED_KEYS
    warm = dynamodb.WarmThroughput(read_units_per_second=15_000)
    table = only(
        imported(
            capacity=Capacity.on_demand(max_read=300, max_write=200),
            table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
            contributor_insights=mode,
            warm_throughput=warm,
            indexes={"ByOwner": Index(("owner", "at:N"), attributes=["total"], warm_throughput=warm)},
        ),
        TABLE,
    )
    (by_owner,) = table["GlobalSecondaryIndexes"]
    for each in (table, by_owner):
        assert each["OnDemandThroughput"] == {"MaxReadRequestUnits": 300, "MaxWriteRequestUnits": 200}
        assert each["WarmThroughput"] == {"ReadUnitsPerSecond": 15_000}
        assert each["ContributorInsightsSpecification"] == {"Enabled": True, "Mode": "THROTTLED_KEYS"}
    assert table["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert by_owner["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]}
    assert [key["AttributeName"] for key in by_owner["KeySchema"]] == ["owner", "at"]


@pytest.mark.parametrize("whose", ["mine", "aws-managed", None])
def test_it_is_encrypted_by_the_same_keys(whose: str | None) -> None:
    stack = stack_in()
    key = kms.Key(stack, "Key")
    ItemTable(
        stack,
        "Requests",
        partition_key="pk",
        import_from=ImportSource.ion(bucket(stack)),
        encryption_key=key if whose == "mine" else whose,  # type: ignore[arg-type]
    )
    expected: dict[str | None, Any] = {
        "mine": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": stack.resolve(key.key_arn)},
        "aws-managed": {"SSEEnabled": True},
        None: None,
    }
    assert only(template_of(stack), TABLE).get("SSESpecification") == expected[whose]


def test_provisioned_capacity_follows_what_is_used_in_indexes_too() -> None:
    own = Capacity.provisioned(read=Scaling(1, 3, target=90), write=Scaling(4, 6, target=20))
    template = imported(capacity=PROVISIONED, indexes={"ByOwner": Index("owner", capacity=own)})
    table = only(template, TABLE)
    assert "BillingMode" not in table or table["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}
    (by_owner,) = table["GlobalSecondaryIndexes"]
    assert by_owner["ProvisionedThroughput"] == {"ReadCapacityUnits": 1, "WriteCapacityUnits": 4}
    targets = resources(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    utilization = {
        policy["ScalingTargetId"]["Ref"]: policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for policy in resources(template, "AWS::ApplicationAutoScaling::ScalingPolicy").values()
    }
    bounds = {
        each["ScalableDimension"]: (each["MinCapacity"], each["MaxCapacity"], utilization[name])
        for name, each in targets.items()
    }
    assert bounds == {
        "dynamodb:table:ReadCapacityUnits": (5, 100, 70),
        "dynamodb:table:WriteCapacityUnits": (2, 40, 50),
        "dynamodb:index:ReadCapacityUnits": (1, 3, 90),
        "dynamodb:index:WriteCapacityUnits": (4, 6, 20),
    }


def test_its_changes_are_heard_as_of_any_table() -> None:
    stack = stack_in()
    table = ItemTable(stack, "Requests", partition_key="pk", import_from=ImportSource.ion(bucket(stack)))
    table.on_change(function(stack, "Listener"))
    changes = table.stream_to_kinesis(precision="microsecond")
    template = template_of(stack)
    properties = only(template, TABLE)
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert properties["KinesisStreamSpecification"] == {
        "StreamArn": stack.resolve(changes.stream.stream_arn),
        "ApproximateCreationDateTimePrecision": "MICROSECOND",
    }
    (name,) = resources(template, TABLE)
    assert only(template, "AWS::Lambda::EventSourceMapping")["EventSourceArn"] == {"Fn::GetAtt": [name, "StreamArn"]}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: imported(lambda files: ImportSource.csv(files, delimiter="-")), "delimiter must be one of"),
        (lambda: imported(lambda files: ImportSource.csv(files, header=[])), "header must be 1 to 255 columns, got 0"),
        (
            lambda: imported(lambda files: ImportSource.csv(files, header=[f"c{n}" for n in range(256)])),
            "got 256 (Amazon DynamoDB CsvOptions)",
        ),
        (lambda: imported(lambda files: ImportSource.csv(files, header=["a", "a"])), "must name each column once"),
        (
            lambda: imported(lambda files: ImportSource.ion(files, compression="zip")),  # type: ignore[arg-type]
            "compression must be one of 'none', 'gzip', 'zstd', got 'zip' (Amazon DynamoDB ImportTable)",
        ),
        (
            lambda: imported(local_indexes={"ByDate": "at"}),
            "local_indexes must be left out of a table that is imported: an import makes global indexes only",
        ),
    ],
)
def test_what_dynamodb_would_refuse_is_refused_before(make: Callable[[], Any], sentence: str) -> None:
    assert sentence in refusal(make)
