"""The construct ids of streams and archives: a changed one would lose what was not read yet."""

from typing import Any

from constructs_lib.items.kinesis_archive import KinesisArchive
from constructs_lib.testing import template_of
from tests.items.stream_forms import changes_in, stack_of
from tests.items.test_item_table import function


def test_changes_with_readers_and_an_archive(template_snapshot: Any) -> None:
    stack = stack_of()
    changes = changes_in(stack)
    changes.on_record(function(stack, "Shares"))
    changes.on_record(function(stack, "Alone"), fan_out=True)
    KinesisArchive(stack, "Archive", source=changes, partition_by={"tenant": ".dynamodb.Keys.tenant.S"})
    KinesisArchive(stack, "Everything", source=changes)
    assert template_of(stack) == template_snapshot
