"""The construct ids of queues: a changed one would replace a queue with work in it."""

from typing import Any

from aws_cdk import App, Stack

from constructs_lib import WorkQueue
from constructs_lib.testing import template_of


def test_a_queue_with_its_dead_letters(template_snapshot: Any) -> None:
    stack = Stack(App(), "Queued")
    WorkQueue(stack, "Work")
    assert template_of(stack) == template_snapshot
