"""CloudFormation's database types, made real: a PostgreSQL server behind each cluster, and each instance of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from constructs_lib.local.server.databases.databases import Database, Databases
from constructs_lib.local.server.databases.described_database import Describe, describe_cluster, describe_instance
from constructs_lib.local.server.databases.postgres_server import SQL_PORT
from constructs_lib.local.server.emulator import (
    BuiltinType,
    cluster_record,
    instance_record,
    let_data_api_reach,
    register_resource_type,
)
from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.master_secret import MasterSecret
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties


@dataclass(frozen=True, slots=True)
class ServedDatabase:
    """A database type: recorded by the emulator, and served by PostgreSQL where that is its engine."""

    builtin: BuiltinType
    record_of: Callable[[str], Properties | None]
    resource_id: str
    """What a record calls the id of its resource, by which its server is known."""
    secret: MasterSecret
    databases: Databases
    serve: Callable[[Databases, str, Properties], dict[str, str]]
    """Finds or starts a server, tells the record of it, and gives the attributes that tell of it."""

    def create(self, declared: Declaration) -> Created:
        """Record it and find or start its server."""
        physical_id, attributes = self.builtin.create(declared)
        try:
            return self._complete(physical_id, attributes, declared.properties)
        except Exception:
            self.delete(physical_id, declared.properties)  # CloudFormation does not know of it yet.
            raise

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change the record, the master's password and the roles; what must be replaced is created instead."""
        changed, attributes = self.builtin.update(physical_id, old, declared)
        return self._complete(changed, attributes, declared.properties)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop its server, if it has its own, and forget it, with the secret that was made for it."""
        if record := self.record_of(physical_id):
            self.databases.stop(record[self.resource_id])
            self.secret.remove(record)
        self.builtin.delete(physical_id, properties)

    def _complete(self, physical_id: str, attributes: dict[str, str], properties: Properties) -> Created:
        record = self.record_of(physical_id)
        if record is None:
            return physical_id, attributes
        record["AssociatedRoles"] = properties.get("AssociatedRoles", [])
        record["DBClusterParameterGroup"] = properties.get("DBClusterParameterGroupName", "default")
        attributes = attributes | self.secret.keep(record, properties)
        if "postgres" in record["Engine"]:
            attributes |= self.serve(self.databases, physical_id, record)
        return physical_id, attributes


def _serve_cluster(databases: Databases, name: str, record: Properties) -> dict[str, str]:
    describe = partial(describe_cluster, name=name)
    database = _server(
        databases, record, describe, record["DbClusterResourceId"], record["DatabaseName"], int(record["Port"])
    )
    address = database.endpoint.address
    record["Endpoint"] = record["ReaderEndpoint"] = address
    return {"Endpoint.Address": address, "ReadEndpoint.Address": address}


def _serve_instance(databases: Databases, name: str, record: Properties) -> dict[str, str]:
    """A member of a cluster shares the cluster's server, any other has its own."""
    if cluster := cluster_record(record.get("DBClusterIdentifier") or ""):
        database = databases.get(cluster["DbClusterResourceId"])
    else:
        describe, port = partial(describe_instance, name=name), int(record["Endpoint"]["Port"])
        database = _server(databases, record, describe, record["DbiResourceId"], record["DBName"], port)
    if database is None:
        return {}
    address = database.endpoint.address
    record["Endpoint"]["Address"] = address
    let_data_api_reach(record, address, SQL_PORT)
    return {"Endpoint.Address": address}


def _server(
    databases: Databases, record: Properties, describe: Describe, resource_id: str, name: str, port: int
) -> Database:
    """Find the server of a record, with the master's password as it is now, or start it."""
    master, password = record["MasterUsername"], record["_MasterUserPassword"]
    database = databases.get(resource_id)
    if database is None:
        return databases.start(resource_id, describe, master=master, password=password, name=name, port=port)
    database.server.set_password(master, password)
    return database


def register_database_types(client: Client, databases: Databases) -> None:
    """Put servers behind CloudFormation's own types."""
    cluster, instance = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"
    register_resource_type(
        cluster,
        ServedDatabase(
            BuiltinType(cluster),
            cluster_record,
            "DbClusterResourceId",
            MasterSecret(client, "cluster"),
            databases,
            _serve_cluster,
        ),
    )
    register_resource_type(
        instance,
        ServedDatabase(
            BuiltinType(instance),
            instance_record,
            "DbiResourceId",
            MasterSecret(client, "db"),
            databases,
            _serve_instance,
        ),
    )
