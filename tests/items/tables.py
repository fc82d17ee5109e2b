"""What the tests of tables share: a stack with a region, and the reading of its template."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack

from constructs_lib import InvalidArgument, ItemTable
from constructs_lib.testing import template_of
from tests.statements import Template, only

GLOBAL_TABLE, TABLE = "AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"


def stack_in(region: str = "eu-west-1", *, app: App | None = None, id: str = "Items") -> Stack:
    return Stack(app or App(), id, env=Environment(account="123456789012", region=region))


def made(**arguments: Any) -> dict[str, Any]:
    """The properties of a table with these arguments, in a stack of its own."""
    stack = stack_in()
    ItemTable(stack, "Requests", **{"partition_key": "pk", "sort_key": "sk", **arguments})
    return only(template_of(stack), GLOBAL_TABLE)


def replica(table: dict[str, Any]) -> dict[str, Any]:
    """The one region of a table that has no other."""
    (properties,) = table["Replicas"]
    return dict(properties)


def index(table: dict[str, Any], name: str) -> dict[str, Any]:
    """A global index, with what is the table's and what is the replica's of it."""
    (of_table,) = [each for each in table["GlobalSecondaryIndexes"] if each["IndexName"] == name]
    (of_replica,) = [each for each in replica(table)["GlobalSecondaryIndexes"] if each["IndexName"] == name]
    return {**of_table, **of_replica}


def refusal(make: Callable[[], Any]) -> str:
    """What is said of arguments that are refused."""
    with pytest.raises(InvalidArgument) as refused:
        make()
    return str(refused.value)


def resource(template: Template, kind: str) -> dict[str, Any]:
    """The one resource of a type, with what stands beside its properties."""
    (found,) = [dict(each) for each in template["Resources"].values() if each["Type"] == kind]
    return found
