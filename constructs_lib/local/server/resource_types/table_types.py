"""``AWS::DynamoDB::GlobalTable``: the emulator leaves out most of its settings, and empties it in an update."""

from dataclasses import replace
from typing import Any

from constructs_lib.local.server.emulator import BuiltinType, register_resource_type
from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties
from constructs_lib.local.server.resource_types.table_settings import apply_settings, own_replica

_TABLE = "AWS::DynamoDB::GlobalTable"
# What a global table has, and a table in one region has not.
_GLOBAL = {
    "GlobalTableSourceArn",
    "GlobalTableWitnesses",
    "MultiRegionConsistency",
    "ReadOnDemandThroughputSettings",
    "ReadProvisionedThroughputSettings",
    "Replicas",
    "WarmThroughput",
    "WriteOnDemandThroughputSettings",
    "WriteProvisionedThroughputSettings",
}


class StreamingTable:
    """A table as its replica in the stack's region says: its settings, and the Kinesis stream of its changes."""

    def __init__(self, client: Client) -> None:
        """Build on the emulator's own; switch streams by ``client``."""
        self._client, self._builtin = client, BuiltinType(_TABLE)
        self._in_one_region = BuiltinType("AWS::DynamoDB::Table")

    def create(self, declared: Declaration) -> Created:
        """Make the table as it is settled, and send its changes."""
        created = self._builtin.create(declared)
        apply_settings(self._client("dynamodb"), created[0], declared.properties)
        self._send_changes(created[0], declared.properties)
        return created

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change the table and where its changes go. The emulator's own way takes the table for renamed."""
        as_table = replace(declared, properties=_as_table(declared.properties))
        updated = self._in_one_region.update(physical_id, _as_table(old), as_table)
        apply_settings(self._client("dynamodb"), updated[0], declared.properties)
        self._send_changes(updated[0], declared.properties)
        return updated

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove the table; its changes end with it."""
        self._builtin.delete(physical_id, properties)

    def _send_changes(self, table: str, properties: Properties) -> None:
        wanted, dynamodb = _destination(properties), self._client("dynamodb")
        for stream in _active(dynamodb, table):
            dynamodb.disable_kinesis_streaming_destination(TableName=table, StreamArn=stream)
        if wanted:
            precision = wanted.get("ApproximateCreationDateTimePrecision", "MILLISECOND")
            dynamodb.enable_kinesis_streaming_destination(
                TableName=table,
                StreamArn=wanted["StreamArn"],
                EnableKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": precision},
            )


def register_table_types(client: Client) -> None:
    """Teach CloudFormation this type."""
    register_resource_type(_TABLE, StreamingTable(client))


def _as_table(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name not in _GLOBAL}


def _destination(properties: Properties) -> Properties:
    found: Properties = own_replica(properties).get("KinesisStreamSpecification", {})
    return found


def _active(dynamodb: Any, table: str) -> list[str]:
    described = dynamodb.describe_kinesis_streaming_destination(TableName=table)["KinesisDataStreamDestinations"]
    return [each["StreamArn"] for each in described if each["DestinationStatus"] == "ACTIVE"]
