"""The construct ids of tables and caches: a changed one would replace somebody's data."""

from typing import Any

from aws_cdk import App, Stack

from constructs_lib import DaxCluster, ItemTable
from constructs_lib.testing import template_of
from tests.items.test_dax_cluster import inner_function, inner_vpc


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
