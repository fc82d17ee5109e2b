"""The construct ids of tables and caches: a changed one would replace somebody's data."""

from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns
from aws_cdk.aws_scheduler import ScheduleExpression

from constructs_lib import DaxCluster, ItemTable
from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.indexes import Index
from constructs_lib.testing import template_of
from tests.items.tables import stack_in
from tests.items.test_dax_cluster import inner_function, inner_vpc
from tests.items.test_import import bucket


def test_a_table_with_its_cache_and_a_listener(template_snapshot: Any) -> None:
    stack = Stack(App(), "Items")
    vpc = inner_vpc(stack)
    table = ItemTable(
        stack,
        "Requests",
        partition_key="pk",
        sort_key="sk",
        ttl_attribute="expires_at",
        indexes={"ByOwner": ("owner",)},
    )
    cache = DaxCluster(stack, "Cache", vpc=vpc, tables=[table])
    reader = inner_function(stack, "Reader", vpc)
    cache.grant_read(reader)
    table.on_change(reader)
    assert template_of(stack) == template_snapshot


def test_a_table_in_two_regions_with_every_kind_of_index(template_snapshot: Any) -> None:
    stack = stack_in()
    topic = sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-west-1:123456789012:on-call")
    ItemTable(
        stack,
        "Requests",
        partition_key="pk",
        sort_key="sk",
        indexes={"ByOwner": "owner", "ByState": Index(("state", "at:N"), attributes=["total"])},
        local_indexes={"ByDate": "at:N"},
        capacity=Capacity.provisioned(read=Scaling(5, 100), write=Scaling(2, 40)),
        replicas=["us-east-1"],
        table_name="requests",
        alarm_topic=topic,
    )
    assert template_of(stack) == template_snapshot


def test_a_table_of_files_with_scheduled_capacity(template_snapshot: Any) -> None:
    stack = stack_in()
    read = Scaling(5, 100).at(ScheduleExpression.cron(hour="8", minute="0"), min=50, max=400)
    ItemTable(
        stack,
        "Requests",
        partition_key="pk",
        indexes={"ByOwner": "owner"},
        capacity=Capacity.provisioned(read=read, write=Scaling(2, 40)),
        import_from=ImportSource.ion(bucket(stack)),
    )
    assert template_of(stack) == template_snapshot
