"""As whom an RDS Proxy logs in to its database: by its own role, or by a password that it finds in a secret."""

import json
from collections.abc import Callable
from typing import Any

from constructs_lib.local.server import emulator
from constructs_lib.local.server.databases.home import Home
from constructs_lib.local.server.databases.postgres_endpoint import RefusedError


def secret_password(client: Callable[[str], Any], home: Home, proxy: dict[str, Any], user: str) -> str | None:
    """Give the password for a user from the proxy's secrets; nothing, if it logs in by IAM instead.

    Raises:
        RefusedError: When the proxy has no way to log in as that user.
    """
    closed = []
    for entry in proxy["Auth"]:
        if reason := _why_not_read(client, home, proxy["RoleArn"], entry["SecretArn"]):
            closed.append(reason)
            continue
        value = client("secretsmanager").get_secret_value(SecretId=entry["SecretArn"])["SecretString"]
        secret = json.loads(value)
        if secret.get("username") == user:
            _require_tokens(entry, user)
            return str(secret["password"])
    if proxy.get("DefaultAuthScheme") == "IAM_AUTH":
        return None
    reasons = "".join(f" ({reason})" for reason in closed)
    raise RefusedError(
        f"This RDS proxy has no credentials for the role {user}. "
        f"Check the credentials for this role and try again.{reasons}"
    )


def _why_not_read(client: Callable[[str], Any], home: Home, role_arn: str, secret: str) -> str | None:
    """Tell what the proxy's role lacks to read a secret."""
    role = emulator.role(role_arn)
    key = client("secretsmanager").describe_secret(SecretId=secret).get("KmsKeyId")
    needed = {"secretsmanager:GetSecretValue": secret}
    if key and not key.endswith("aws/secretsmanager"):
        needed["kms:Decrypt"] = client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    through = {"kms:viaservice": f"secretsmanager.{home.region}.amazonaws.com"}
    for action, resource in needed.items():
        if not emulator.is_allowed(role, action, resource, home.region, through):
            return f"{role_arn} is not authorized to perform {action} on {resource}"
    return None


def _require_tokens(entry: dict[str, Any], user: str) -> None:
    if entry.get("IAMAuth") != "REQUIRED":
        raise RefusedError(f"the local proxy takes tokens only: set IAMAuth REQUIRED beside the secret of {user!r}")
