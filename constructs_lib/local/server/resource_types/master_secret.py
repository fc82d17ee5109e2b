"""The secret that RDS keeps a master user's password in, where a template has it manage the password."""

import json
import secrets
from uuid import uuid4

from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.resource_type import Properties


class MasterSecret:
    """Makes the secret of a database, and removes it: it comes and goes with its database, or with the wish for it."""

    def __init__(self, client: Client, kind: str) -> None:
        """Keep passwords by ``client``, of databases of a kind: ``cluster`` or ``db``, as their secrets are named."""
        self._client = client
        self._kind = kind

    def keep(self, record: Properties, properties: Properties) -> dict[str, str]:
        """Make the record as the template has it; give the attribute that tells of the secret."""
        managed = str(properties.get("ManageMasterUserPassword")).lower() == "true"
        if managed and "MasterUserSecret" not in record:
            self._make(record)
        if not managed:
            self.remove(record)
        secret = record.get("MasterUserSecret")
        return {"MasterUserSecret.SecretArn": secret["SecretArn"]} if secret else {}

    def remove(self, record: Properties) -> None:
        """Remove the secret, if there is one."""
        if secret := record.pop("MasterUserSecret", None):
            self._client("secretsmanager").delete_secret(SecretId=secret["SecretArn"], ForceDeleteWithoutRecovery=True)

    def _make(self, record: Properties) -> None:
        """Choose a password and keep it."""
        password = secrets.token_urlsafe(24)
        kept = self._client("secretsmanager").create_secret(
            Name=f"rds!{self._kind}-{uuid4()}",
            Description="Made by RDS for the master user of a database",
            SecretString=json.dumps({"username": record["MasterUsername"], "password": password}),
        )
        record["_MasterUserPassword"] = password
        record["MasterUserSecret"] = {
            "SecretArn": kept["ARN"],
            "SecretStatus": "active",
            "KmsKeyId": "aws/secretsmanager",
        }
