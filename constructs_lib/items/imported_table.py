"""A table that begins with what lies in S3."""

from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.items.capacity import Capacity, OnDemand, Provisioned, Scaling
from constructs_lib.items.indexes import Index, TableIndexes, projection_of
from constructs_lib.items.table_settings import TableSettings


def imported_table(
    scope: Construct, *, key: list[dynamodb.Attribute], indexes: TableIndexes, settings: TableSettings
) -> dynamodb.Table:
    """Make a table out of files; CloudFormation imports into ``AWS::DynamoDB::Table`` only, not into a global table."""
    assert settings.import_from is not None  # noqa: S101 - or else the table would be a new one
    is_provisioned = isinstance(settings.capacity, Provisioned)
    table = dynamodb.Table(
        scope,
        "Table",
        partition_key=key[0],
        sort_key=key[1] if len(key) > 1 else None,
        import_source=settings.import_from.specification(),
        billing_mode=dynamodb.BillingMode.PROVISIONED if is_provisioned else dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=_encryption(settings),
        encryption_key=settings.own_key,
        **_throughput(settings.capacity),
        **settings.common(),
    )
    for name, index in indexes.wide.items():
        index_key, capacity = indexes.keys[name], index.capacity or settings.capacity
        table.add_global_secondary_index(
            index_name=name,
            partition_key=index_key[0],
            sort_key=index_key[1] if len(index_key) > 1 else None,
            contributor_insights_specification=settings.insights(),
            warm_throughput=index.warm_throughput,
            **projection_of(index),
            **_throughput(capacity),
        )
    _scale(table, indexes.wide, settings)
    acknowledge(
        table,
        *in_compliance_packs("DynamoDBInBackupPlan"),
        reason="Point-in-time recovery restores any second of the recovery window; ItemTable.backup keeps more.",
    )
    return table


def _encryption(settings: TableSettings) -> dynamodb.TableEncryption | None:
    if settings.own_key is not None:
        return dynamodb.TableEncryption.CUSTOMER_MANAGED
    return dynamodb.TableEncryption.AWS_MANAGED if settings.encryption_key else None


def _throughput(capacity: Capacity) -> dict[str, Any]:
    if isinstance(capacity, Provisioned):
        return {"read_capacity": capacity.read.min, "write_capacity": capacity.write.min}
    assert isinstance(capacity, OnDemand)  # noqa: S101 - there is no third kind
    return {"max_read_request_units": capacity.max_read, "max_write_request_units": capacity.max_write}


def _scale(table: dynamodb.Table, indexes: dict[str, Index], settings: TableSettings) -> None:
    """Let Application Auto Scaling follow what is used; the resource does not do it itself, as a global table does."""
    if isinstance(settings.capacity, Provisioned):
        _follow(table.auto_scale_read_capacity, settings.capacity.read)
        _follow(table.auto_scale_write_capacity, settings.capacity.write)
    for name, index in indexes.items():
        capacity = index.capacity or settings.capacity
        if isinstance(capacity, Provisioned):
            _follow(table.auto_scale_global_secondary_index_read_capacity, capacity.read, name)
            _follow(table.auto_scale_global_secondary_index_write_capacity, capacity.write, name)


def _follow(auto_scale: Any, scaling: Scaling, *index: str) -> None:
    bounds = auto_scale(*index, min_capacity=scaling.min, max_capacity=scaling.max)
    bounds.scale_on_utilization(target_utilization_percent=scaling.target)
