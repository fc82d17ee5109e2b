"""How a proxy logs in to its database as a user: by IAM, or with a password that only the two of them know."""

from typing import cast

import jsii
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IValidation

from constructs_lib.relational.backend import Backend
from constructs_lib.relational.database_users import DatabaseUser
from constructs_lib.relational.proxy import Front


class IamLogins:
    """The proxy's own role logs in; there is no secret."""

    def __init__(self, front: Front, backend: Backend) -> None:
        """Let no user through yet."""
        self._role = front.role
        self._database = backend.view

    def admit(self, user: DatabaseUser) -> None:
        """Let the proxy log in as a user."""
        self._database.grant_connect(self._role, user.name)


class SecretLogins:
    """One secret a user lets the proxy log in; clients still come by IAM."""

    def __init__(self, front: Front) -> None:
        """Let no user through yet."""
        self._role = front.role
        self._proxy = cast("rds.CfnDBProxy", front.proxy.node.default_child)
        self._proxy.default_auth_scheme = "NONE"
        self._targets = front.proxy.node.find_child("ProxyTargetGroup")
        self._secrets: dict[str, secretsmanager.ISecret] = {}
        front.proxy.node.add_validation(_AtLeastOne(self._secrets))

    def admit(self, user: DatabaseUser) -> None:
        """Let the proxy log in as a user."""
        if user.password is None or user.name in self._secrets:
            return
        self._secrets[user.name] = user.password
        user.password.grant_read(self._role)
        # The proxy's target is available once the proxy can log in, as a user that exists.
        self._targets.node.add_dependency(user.resource, self._role)
        self._proxy.auth = [
            rds.CfnDBProxy.AuthFormatProperty(auth_scheme="SECRETS", iam_auth="REQUIRED", secret_arn=secret.secret_arn)
            for secret in self._secrets.values()
        ]


@jsii.implements(IValidation)
class _AtLeastOne:
    def __init__(self, secrets: dict[str, secretsmanager.ISecret]) -> None:
        self._secrets = secrets

    def validate(self) -> list[str]:
        if self._secrets:
            return []
        return ["authentication='secret' needs a user: RDS Proxy takes no empty list of secrets; call grant_connect"]
