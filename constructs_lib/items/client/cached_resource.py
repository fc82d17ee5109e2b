"""boto3's DynamoDB resource, as `DaxCluster.grant_read` tells a function to use it."""

import os
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_READS = ("get_item", "batch_get_item", "query")
_WRITES = ("put_item", "update_item", "delete_item", "batch_write_item")


def dynamodb(*, budget_ms: float = 100) -> "DynamoDBServiceResource":
    """Return boto3's DynamoDB resource, which reads through the DAX cluster that the function was granted.

    Make it once, outside of the handler. Where no cluster was granted (no ``DAX_ENDPOINT``) it is boto3's own resource.
    Else, of the cluster's tables:

    - ``get_item``, ``batch_get_item`` and ``query`` ask the cluster, and the table if the cluster does not answer
      within the budget. A cluster that did not answer twice on end is left alone for 5 seconds, then one read tries
      it. The first read waits for a connection, within the budget; while that is being made, others ask the table.
    - Reads with ``ConsistentRead=True``, scans and transactions go to the table.
    - After `DaxCluster.grant_read_write`, ``put_item``, ``update_item``, ``delete_item`` and ``batch_write_item`` go
      through the cluster, so that it knows the new item. Where it has no connection or refuses, they go to the table;
      the cache then shows the old item until ``item_ttl`` has passed. Without that grant they all do. A write that was
      sent and not answered within 2 seconds is repeated at the table if twice is the same as once (no condition, no
      expression, no old values asked for), and otherwise raised.

    What the cluster answers has no ``ResponseMetadata``. An error is always the table's own. The metrics
    ``ReadsThroughDax``, ``ReadsFromTable``, ``WritesThroughDax`` and ``WritesToTable`` (namespace ``constructs_lib``,
    dimension ``service``) count which way was taken where there was a choice. Threads may share the resource's
    ``meta.client``, as with boto3.

    Args:
        budget_ms: how many milliseconds longer a read may take than the table's own, because of the cluster. A write
            waits as long for a connection.

    Raises:
        ValueError: the budget is not above 0.
        WriteInDoubtError: by a write, see above.
    """
    if budget_ms <= 0:
        raise ValueError(f"budget_ms must be above 0, got {budget_ms!r}")
    resource = boto3.resource("dynamodb")
    endpoint = os.environ.get("DAX_ENDPOINT")
    if not endpoint:
        return resource
    # Amazon's client is needed where there is a cluster only.
    from constructs_lib.items.client.cached_tables import CachedTables
    from constructs_lib.items.client.cluster import Cluster

    client = resource.meta.client
    tables = CachedTables(
        Cluster(endpoint, region=client.meta.region_name),
        os.environ["DAX_TABLES"].split(","),
        budget_seconds=budget_ms / 1000,
        writes_through=os.environ.get("DAX_WRITES") == "through",
    )
    # All that boto3 makes of a client (tables, paginators, batch writers) calls these methods of this one object.
    for operation in _READS:
        setattr(client, operation, tables.reading(operation, getattr(client, operation)))
    for operation in _WRITES:
        setattr(client, operation, tables.writing(operation, getattr(client, operation)))
    return resource
