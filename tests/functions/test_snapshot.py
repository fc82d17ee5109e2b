"""The pattern's whole template: an id that changes there replaces somebody's function, role or logs."""

from pathlib import Path

from aws_cdk import App, Stack
from syrupy.assertion import SnapshotAssertion

from constructs_lib import PythonFunction
from constructs_lib.testing import template_of


def test_a_function(handlers: Path, template_snapshot: SnapshotAssertion) -> None:
    stack = Stack(App(), "Function")
    PythonFunction(stack, "Submit", source=handlers)
    assert template_of(stack) == template_snapshot
