"""A table that begins empty, in one region or several."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from constructs_lib.items.capacity import Capacity, OnDemand, Provisioned, autoscaled, billing_of
from constructs_lib.items.indexes import Index, TableIndexes, projection_of
from constructs_lib.items.replicas import replica_keys
from constructs_lib.items.table_settings import TableSettings


def new_table(
    scope: Construct, *, key: list[dynamodb.Attribute], indexes: TableIndexes, settings: TableSettings
) -> dynamodb.TableV2:
    """Make a table, together with its replicas."""
    return dynamodb.TableV2(
        scope,
        "Table",
        partition_key=key[0],
        sort_key=key[1] if len(key) > 1 else None,
        global_secondary_indexes=[
            _global_index(name, index, indexes.keys[name], settings.capacity) for name, index in indexes.wide.items()
        ],
        local_secondary_indexes=[
            dynamodb.LocalSecondaryIndexProps(index_name=name, sort_key=indexes.keys[name][1], **projection_of(index))
            for name, index in indexes.narrow.items()
        ],
        billing=billing_of(settings.capacity),
        encryption=_encryption(settings),
        replicas=[dynamodb.ReplicaTableProps(region=region) for region in settings.replicas],
        **settings.common(),
    )


def _encryption(settings: TableSettings) -> dynamodb.TableEncryptionV2 | None:
    if settings.own_key is not None:
        arns = {region: key.key_arn for region, key in replica_keys(settings.replicas).items()}
        return dynamodb.TableEncryptionV2.customer_managed_key(settings.own_key, arns)
    return dynamodb.TableEncryptionV2.aws_managed_key() if settings.encryption_key else None


def _global_index(
    name: str, index: Index, key: list[dynamodb.Attribute], of_table: Capacity
) -> dynamodb.GlobalSecondaryIndexPropsV2:
    capacity = index.capacity or of_table
    throughput: dict[str, object] = {}
    if isinstance(capacity, Provisioned):
        throughput = {"read_capacity": autoscaled(capacity.read), "write_capacity": autoscaled(capacity.write)}
    elif isinstance(capacity, OnDemand):
        throughput = {"max_read_request_units": capacity.max_read, "max_write_request_units": capacity.max_write}
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=name,
        partition_key=key[0],
        sort_key=key[1] if len(key) > 1 else None,
        warm_throughput=index.warm_throughput,
        **projection_of(index),
        **throughput,  # type: ignore[arg-type]
    )
