"""The database users that functions connect as: created by the stack, since no connection works without one."""

from functools import cached_property
from pathlib import Path
from typing import cast

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.arguments import require
from constructs_lib.functions.python_function import PythonFunction
from constructs_lib.relational.runtime.database_users.names import MAX_USER, RULE, groups_of, is_plain

_SOURCE = "constructs_lib.relational"

# Longer than the handler waits for a paused cluster, and then for a statement, which may take 45 seconds.
_FUNCTION_TIMEOUT_SECONDS = 150
_RESOURCE_TIMEOUT_SECONDS = 600


class DatabaseUsers(Construct):
    """Makes users in a cluster that log in by IAM and read, or read and write, its database.

    The rights lie with two groups, ``<database>_readers`` and ``<database>_writers``, and hold in the schema ``public``
    for tables of today and of tomorrow, whoever of the users or the master user creates them. Deleting a user's
    resource leaves the user in the database: it may own tables.

    A plain function answers CloudFormation, over the Data API. The CDK's ``Provider`` would add a second one, with
    wildcard permissions on the first, to wait for what here takes a second.
    """

    def __init__(self, scope: Construct, id: str, *, cluster: rds.DatabaseCluster, database_name: str) -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        self._cluster_arn = cluster.cluster_arn
        self._secret_arn = cast("secretsmanager.ISecret", cluster.secret).secret_arn
        self._database_name = database_name
        self._users: dict[str, tuple[str, CustomResource]] = {}

    def user(self, name: str, *, read_only: bool) -> CustomResource:
        """Return the resource of a user, made on first use; what needs the user depends on it.

        Raises:
            InvalidArgument: a name that PostgreSQL or this pattern keeps for itself, or that is not plain; a user that
                already has other rights.
        """
        plain = is_plain(name, MAX_USER) and name not in groups_of(self._database_name)
        require(plain, "user", f"have at most {MAX_USER} characters and {RULE}", name, _SOURCE)
        rights = "read-only" if read_only else "read-write"
        if name not in self._users:
            self._users[name] = (rights, self._new_user(name, rights))
        known, resource = self._users[name]
        require(known == rights, "read_only", f"be the same each time: {name!r} is {known}", read_only, _SOURCE)
        return resource

    def _new_user(self, name: str, rights: str) -> CustomResource:
        user = CustomResource(
            self,
            name,
            resource_type="Custom::DatabaseUser",
            service_token=self.function.function_arn,
            service_timeout=Duration.seconds(_RESOURCE_TIMEOUT_SECONDS),
            properties={
                "ClusterArn": self._cluster_arn,
                "SecretArn": self._secret_arn,
                "Database": self._database_name,
                "User": name,
                "Rights": rights,
            },
        )
        # The Data API answers only when the writer instance, a child of the cluster, is up.
        user.node.add_dependency(self._cluster)
        return user

    @cached_property
    def function(self) -> PythonFunction:
        """The function that makes the users: outside of any VPC, with rights on this cluster and its secret only."""
        function = PythonFunction(
            self,
            "Function",
            source=Path(__file__).with_name("runtime"),
            handler="database_users.index.handler",
            timeout=Duration.seconds(_FUNCTION_TIMEOUT_SECONDS),
            description="Makes the database users that functions connect as",
            environment={"POWERTOOLS_SERVICE_NAME": "database-users"},
        )
        for action, arn in (
            ("rds-data:ExecuteStatement", self._cluster_arn),
            ("secretsmanager:GetSecretValue", self._secret_arn),
        ):
            function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[arn]))
        return function
