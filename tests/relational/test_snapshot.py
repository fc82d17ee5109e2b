"""The pattern's whole template: an id that changes there replaces somebody's database."""

from aws_cdk import App, Stack
from syrupy.assertion import SnapshotAssertion

from constructs_lib.testing import template_of
from tests.relational.databases import database, function, network


def test_a_database_and_a_function(template_snapshot: SnapshotAssertion) -> None:
    app = App()
    vpc = network(Stack(app, "Network"))
    stack = Stack(app, "Data")
    database(stack, vpc).grant_connect(function(stack, "Submit", vpc))
    assert template_of(stack) == template_snapshot
