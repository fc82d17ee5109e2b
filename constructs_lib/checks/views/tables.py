"""DynamoDB tables, as rules ask for them."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place

TABLE, GLOBAL_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"


def copies(assembly: Assembly) -> Iterator[Place]:
    """Give what keeps items, with settings of its own: each table, and each replica of a global one."""
    yield from assembly.of_type(TABLE)
    for table in assembly.of_type(GLOBAL_TABLE):
        yield from table.at("Replicas").items


def name_of(copy: Place) -> str:
    """Give what a message calls a table, or a replica of one."""
    region = copy.at("Region").text
    return f"the replica of {copy.resource.name} in {region}" if region else f"the table {copy.resource.name}"


def without_recovery(assembly: Assembly) -> Iterator[tuple[Place, Place]]:
    """Give the copies that surely cannot be restored to a point in time, with the setting that says so."""
    for copy in copies(assembly):
        setting = copy.at("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
        if setting.missing or setting.flag is False:
            yield copy, setting
