"""Bring your own: a table of this app or an imported one, with all that can be done on it, and no more."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.aws_dynamodb import StreamViewType

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity
from constructs_lib.testing import template_of
from tests.items.tables import GLOBAL_TABLE, refusal, stack_in
from tests.items.test_item_table import function
from tests.statements import allowed, only, resources, statements

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


def own(stack: Stack, stream: StreamViewType | None = None, **options: Any) -> dynamodb.TableV2:
    key = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
    return dynamodb.TableV2(stack, "Own", partition_key=key, dynamo_stream=stream, **options)


def own_of_the_first_kind(stack: Stack, stream: StreamViewType | None = None, **options: Any) -> dynamodb.Table:
    key = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(stack, "Own", partition_key=key, stream=stream, **options)


def imported(stack: Stack, **options: Any) -> dynamodb.ITableV2:
    return dynamodb.TableV2.from_table_attributes(stack, "Imported", table_arn=ARN, **options)


def test_grants_on_an_imported_table_reach_its_indexes_and_its_key() -> None:
    stack = stack_in()
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/orders")
    table = ItemTable(
        stack, "Orders", partition_key="pk", indexes={"ByOwner": "owner"}, table=imported(stack, encryption_key=key)
    )
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    table.grant_read(role)
    template = template_of(stack)
    (name,) = resources(template, "AWS::IAM::Role")
    granted = allowed(template, name)
    assert granted["dynamodb:GetItem"] == [ARN, f"{ARN}/index/ByOwner"]
    assert granted["kms:Decrypt"] == ["arn:aws:kms:eu-west-1:123456789012:key/orders"]
    (of_key,) = [each for each in statements(template, name) if "kms:Decrypt" in each["Action"]]
    assert of_key["Condition"]["StringEquals"]["kms:ViaService"] == "dynamodb.eu-west-1.amazonaws.com"
    assert resources(template, GLOBAL_TABLE) == {}


def test_it_is_watched_as_any_other() -> None:
    stack = stack_in()
    table = ItemTable(
        stack, "Orders", partition_key="pk", table=imported(stack), alarm_topic=sns.Topic(stack, "OnCall")
    )
    assert set(table.alarms) == {"throttled_requests", "system_errors"}


def test_the_changes_of_a_table_of_this_app_are_heard() -> None:
    stack = stack_in()
    existing = own(stack)
    table = ItemTable(stack, "Orders", partition_key="pk", table=existing)
    table.on_change(function(stack, "Listener"))
    assert table.table is existing
    properties = only(template_of(stack), GLOBAL_TABLE)
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_changes_of_an_imported_table_are_not_this_apps_to_send() -> None:
    stack = stack_in()
    table = ItemTable(stack, "Orders", partition_key="pk", table=imported(stack))
    said = "table must be a table of this app, to send its changes"
    assert said in refusal(lambda: table.on_change(function(stack, "Listener")))
    assert said in refusal(table.stream_to_kinesis)


def test_the_key_that_is_stated_is_the_tables() -> None:
    stack = stack_in()
    existing = own(stack)
    said = refusal(lambda: ItemTable(stack, "Orders", partition_key="id", table=existing))
    assert "the key must be the existing table's, ['pk:S'], got ['id:S']" in said
    said = refusal(lambda: ItemTable(stack, "Orders", partition_key="pk", sort_key="sk", table=existing))
    assert "the key must be the existing table's, ['pk:S'], got ['pk:S', 'sk:S']" in said
    said = refusal(lambda: ItemTable(stack, "Orders", partition_key="pk:N", table=existing))
    assert "the key must be the existing table's, ['pk:S'], got ['pk:N']" in said


@pytest.mark.parametrize("make", [own, own_of_the_first_kind])
def test_a_stream_that_others_may_hear_stays_as_it_is(make: Callable[..., dynamodb.Table]) -> None:
    """Another view type would be another stream, and who reads the one there is would hear nothing more."""
    stack = stack_in()
    existing = make(stack, StreamViewType.KEYS_ONLY)
    table = ItemTable(stack, "Orders", partition_key="pk", table=existing)
    said = refusal(lambda: table.on_change(function(stack, "Listener")))
    assert "table must have no stream yet, or one of NEW_AND_OLD_IMAGES, got 'KEYS_ONLY'" in said
    assert "KEYS_ONLY" in str(template_of(stack))


@pytest.mark.parametrize("make", [own, own_of_the_first_kind])
def test_a_stream_of_both_images_serves_one_more(make: Callable[..., dynamodb.Table]) -> None:
    stack = stack_in()
    existing = make(stack, StreamViewType.NEW_AND_OLD_IMAGES)
    ItemTable(stack, "Orders", partition_key="pk", table=existing).on_change(function(stack, "Listener"))
    mapping = only(template_of(stack), "AWS::Lambda::EventSourceMapping")
    assert mapping["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"


@pytest.mark.parametrize("make", [own, own_of_the_first_kind])
def test_a_kinesis_stream_that_it_has_is_not_taken_from_it(make: Callable[..., dynamodb.Table]) -> None:
    stack = stack_in()
    existing = make(stack, kinesis_stream=kinesis.Stream(stack, "Theirs"))
    table = ItemTable(stack, "Orders", partition_key="pk", table=existing)
    assert "table must have no other Kinesis stream" in refusal(table.stream_to_kinesis)


@pytest.mark.parametrize(
    "setting",
    [
        {"ttl_attribute": "expires_at"},
        {"capacity": Capacity.on_demand(max_read=5)},
        {"recovery_days": 7},
        {"encryption_key": "aws-managed"},
        {"replicas": ["us-east-1"]},
        {"table_name": "orders"},
        {"table_class": dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS},
        {"contributor_insights": dynamodb.ContributorInsightsMode.THROTTLED_KEYS},
        {"warm_throughput": dynamodb.WarmThroughput(read_units_per_second=15_000)},
        {"deletion_protection": False},
        {"removal_policy": RemovalPolicy.DESTROY},
    ],
)
def test_what_would_change_nothing_is_refused(setting: dict[str, Any]) -> None:
    stack = stack_in()
    existing = imported(stack)
    said = refusal(lambda: ItemTable(stack, "Orders", partition_key="pk", table=existing, **setting))
    (name,) = setting
    assert f"{name} must be left out: the table exists already, and this would not change it" in said
    assert stack.node.try_find_child("Orders") is None


def test_an_existing_tables_export_keeps_within_the_window_that_is_stated() -> None:
    stack = stack_in()
    orders = ItemTable(stack, "Orders", partition_key="pk", table=imported(stack))
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "exports")
    said = refusal(lambda: orders.export_to(bucket, schedule=Duration.days(8), incremental=True, recovery_days=7))
    assert "run more often than the recovery window of 7 days is long" in said
    orders.export_to(bucket, schedule=Duration.days(8), incremental=True)


def test_a_new_tables_window_is_known() -> None:
    stack = stack_in()
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "exports")
    orders = ItemTable(stack, "Orders", partition_key="pk", recovery_days=7)
    said = refusal(lambda: orders.export_to(bucket, schedule=Duration.days(1), recovery_days=30))
    assert "recovery_days must be left out: the table was made with its own, got 30" in said
