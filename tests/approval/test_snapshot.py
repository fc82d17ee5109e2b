"""The construct ids of a desk: a changed one would replace what was decided at it."""

from typing import Any

from aws_cdk import App, Stack

from constructs_lib.testing import template_of
from tests.approval.test_approval_desk import desk_in


def test_a_desk(template_snapshot: Any) -> None:
    stack = Stack(App(), "Office")
    desk_in(stack)
    assert template_of(stack) == template_snapshot
