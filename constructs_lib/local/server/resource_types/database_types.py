"""CloudFormation's database types, made real: a PostgreSQL server behind each cluster, and each instance of its own."""

import json
import secrets
from uuid import uuid4

from constructs_lib.local.server.databases.databases import Database, Databases
from constructs_lib.local.server.databases.postgres_server import SQL_PORT
from constructs_lib.local.server.emulator import (
    BuiltinType,
    cluster_record,
    instance_record,
    let_data_api_reach,
    register_resource_type,
)
from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties


class DatabaseCluster:
    """``AWS::RDS::DBCluster``: recorded by the emulator, and served by PostgreSQL where that is its engine."""

    def __init__(self, databases: Databases, client: Client) -> None:
        """Build on what the emulator does with the type, and keep master passwords by ``client``."""
        self._builtin = BuiltinType("AWS::RDS::DBCluster")
        self._databases = databases
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Record it and start its server."""
        physical_id, attributes = self._builtin.create(declared)
        try:
            record = cluster_record(physical_id)
            if record and str(declared.properties.get("ManageMasterUserPassword")).lower() == "true":
                self._keep_password(record)
            return self._serve(physical_id, attributes)
        except Exception:
            self.delete(physical_id, declared.properties)  # CloudFormation does not know of it yet.
            raise

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change the record and the master's password; a replacement has a server of its own."""
        return self._serve(*self._builtin.update(physical_id, old, declared))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop its server and forget it, with the secret that was made for it."""
        if record := cluster_record(physical_id):
            self._databases.stop(record["DbClusterResourceId"])
            if secret := record.get("MasterUserSecret"):
                self._client("secretsmanager").delete_secret(
                    SecretId=secret["SecretArn"], ForceDeleteWithoutRecovery=True
                )
        self._builtin.delete(physical_id, properties)

    def _keep_password(self, record: Properties) -> None:
        """Choose the master's password and keep it in a secret, as RDS does where it manages the password."""
        password = secrets.token_urlsafe(24)
        kept = self._client("secretsmanager").create_secret(
            Name=f"rds!cluster-{uuid4()}",
            Description=f"Made by RDS for the cluster {record['DBClusterIdentifier']}",
            SecretString=json.dumps({"username": record["MasterUsername"], "password": password}),
        )
        record["_MasterUserPassword"] = password
        record["MasterUserSecret"] = {
            "SecretArn": kept["ARN"],
            "SecretStatus": "active",
            "KmsKeyId": "aws/secretsmanager",
        }

    def _serve(self, physical_id: str, attributes: dict[str, str]) -> Created:
        record = cluster_record(physical_id)
        if record is None or not _is_postgres(record):
            return physical_id, attributes
        port, name = int(record["Port"]), record["DatabaseName"]
        database = _server(self._databases, record, record["DbClusterResourceId"], name, port)
        address = database.endpoint.address
        record["Endpoint"] = record["ReaderEndpoint"] = address
        secret = record.get("MasterUserSecret")
        managed = {"MasterUserSecret.SecretArn": secret["SecretArn"]} if secret else {}
        return physical_id, attributes | managed | {"Endpoint.Address": address, "ReadEndpoint.Address": address}


class DatabaseInstance:
    """``AWS::RDS::DBInstance``: a member of a cluster shares the cluster's server, any other has its own."""

    def __init__(self, databases: Databases) -> None:
        """Build on what the emulator does with the type."""
        self._builtin = BuiltinType("AWS::RDS::DBInstance")
        self._databases = databases

    def create(self, declared: Declaration) -> Created:
        """Record it and find or start its server."""
        physical_id, attributes = self._builtin.create(declared)
        try:
            return self._serve(physical_id, attributes)
        except Exception:
            self.delete(physical_id, declared.properties)  # CloudFormation does not know of it yet.
            raise

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change the record and the master's password; a replacement has a server of its own."""
        return self._serve(*self._builtin.update(physical_id, old, declared))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop its server, if it has its own, and forget it."""
        if record := instance_record(physical_id):
            self._databases.stop(record["DbiResourceId"])
        self._builtin.delete(physical_id, properties)

    def _serve(self, physical_id: str, attributes: dict[str, str]) -> Created:
        record = instance_record(physical_id)
        if record is None or not _is_postgres(record):
            return physical_id, attributes
        database = self._database(record)
        if database is None:
            return physical_id, attributes
        address = database.endpoint.address
        record["Endpoint"]["Address"] = address
        let_data_api_reach(record, address, SQL_PORT)
        return physical_id, attributes | {"Endpoint.Address": address}

    def _database(self, record: Properties) -> Database | None:
        if cluster := cluster_record(record.get("DBClusterIdentifier") or ""):
            return self._databases.get(cluster["DbClusterResourceId"])
        port = int(record["Endpoint"]["Port"])
        return _server(self._databases, record, record["DbiResourceId"], record["DBName"], port)


def _is_postgres(record: Properties) -> bool:
    return "postgres" in record["Engine"]


def _server(databases: Databases, record: Properties, resource_id: str, name: str, port: int) -> Database:
    """Find the server of a record, with the master's password as it is now, or start it."""
    master, password = record["MasterUsername"], record["_MasterUserPassword"]
    database = databases.get(resource_id)
    if database is None:
        return databases.start(resource_id, master=master, password=password, name=name, port=port)
    database.server.set_password(master, password)
    return database


def register_database_types(client: Client, databases: Databases) -> None:
    """Put servers behind CloudFormation's own types."""
    register_resource_type("AWS::RDS::DBCluster", DatabaseCluster(databases, client))
    register_resource_type("AWS::RDS::DBInstance", DatabaseInstance(databases))
