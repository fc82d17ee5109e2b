"""The construct ids of a cache: a changed one would replace it."""

from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns

from constructs_lib import DaxCluster, ItemTable
from constructs_lib.testing import template_of
from tests.items.test_dax_cluster import inner_function, inner_vpc


def test_a_cache_with_all_that_watches_it(template_snapshot: Any) -> None:
    stack = Stack(App(), "Cached")
    vpc = inner_vpc(stack)
    table = ItemTable(stack, "Requests", partition_key="pk", indexes={"ByOwner": ("owner",)})
    topic = sns.Topic(stack, "OnCall")
    cache = DaxCluster(stack, "Cache", vpc=vpc, tables=[table], alarm_topic=topic, notification_topic=topic)
    cache.grant_read(inner_function(stack, "Reader", vpc))
    cache.grant_read_write(inner_function(stack, "Writer", vpc))
    assert template_of(stack) == template_snapshot
