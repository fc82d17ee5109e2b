"""The database users that functions connect as: created by the stack, since no connection works without one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from aws_cdk import CfnCustomResource, CustomResource, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.arguments import require, require_kind
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.python_function import PythonFunction
from constructs_lib.relational.backend import Backend, is_cluster
from constructs_lib.relational.engine import DatabaseEngine
from constructs_lib.relational.runtime.database_users.names import MAX_USER, RULE, groups_of, is_plain_user
from constructs_lib.relational.user_password import user_password

_SOURCE = "constructs_lib.relational"
_RUNTIME = Path(__file__).with_name("runtime")

# Longer than the handler waits for a paused cluster, or for the other function to be there, which is 90 seconds, and
# then for a statement on the cluster, 45 seconds at most, or for the other function.
_FUNCTION_TIMEOUT_SECONDS = 240
_RUNNER_TIMEOUT_SECONDS = 120
_RESOURCE_TIMEOUT_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUser:
    """A user of the database."""

    name: str
    rights: Literal["read-only", "read-write"]
    resource: CustomResource
    """What needs the user depends on it."""
    password: secretsmanager.ISecret | None
    """Only where the proxy logs in by passwords."""


class DatabaseUsers(Construct):
    """Makes users in a database that read, or read and write, what is in it.

    In PostgreSQL the rights lie with two groups, ``<database>_readers`` and ``<database>_writers``, and hold in the
    schema ``public`` for tables of today and of tomorrow, whoever of the users or the master user creates them. In
    MySQL each user has its rights on this one database. Deleting a user's resource leaves the user in the database,
    since it may own tables, unless ``drop`` is told.

    A plain function answers CloudFormation. On Aurora it speaks over the Data API; an instance has none, so there it
    has a second function in the VPC run the SQL, which needs no endpoint: all that this one asks of AWS the first one
    does. The CDK's ``Provider`` would add a third one, with wildcard permissions, to wait for what takes a second.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        engine: DatabaseEngine,
        backend: Backend,
        database_name: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        with_passwords: bool,
        drop: bool,
        encryption_key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        self._engine = engine
        self._backend = backend
        self._database_name = database_name
        self._vpc, self._subnets = vpc, subnets
        self._with_passwords = with_passwords
        self._drop = drop
        self._encryption_key = encryption_key
        self._timeout = Duration.seconds(_RESOURCE_TIMEOUT_SECONDS)
        self._users: dict[str, DatabaseUser] = {}

    def user(self, name: str, *, read_only: bool) -> DatabaseUser:
        """Return a user, made on first use.

        Raises:
            InvalidArgument: a name that the engine or this pattern keeps for itself, or that is not plain; a user that
                already has other rights.
        """
        family = self._engine.family
        require_kind("user", name, str, _SOURCE)
        require_kind("read_only", read_only, bool, _SOURCE)
        is_group = family == "postgres" and name in groups_of(self._database_name)
        plain = is_plain_user(family, name) and not is_group
        require(plain, "user", f"have at most {MAX_USER[family]} characters and {RULE}", name, _SOURCE)
        rights: Literal["read-only", "read-write"] = "read-only" if read_only else "read-write"
        user = self._users.get(name)
        if user is None:
            user = self._users[name] = self._new_user(name, rights)
        rule = f"be the same each time: {name!r} is {user.rights}"
        require(user.rights == rights, "read_only", rule, read_only, _SOURCE)
        return user

    def let_invoke(self, user: DatabaseUser) -> None:
        """Let a user call Lambda functions in its SQL."""
        resource = cast("CfnCustomResource", user.resource.node.default_child)
        resource.add_property_override("InvokesLambda", "yes")

    def _new_user(self, name: str, rights: Literal["read-only", "read-write"]) -> DatabaseUser:
        password = self._new_password(name) if self._with_passwords else None
        properties = {
            "Family": self._engine.family,
            "Database": self._database_name,
            "User": name,
            "Rights": rights,
            **self._way,
        }
        if password:
            properties["PasswordSecretArn"] = password.secret_arn
        if self._drop:
            properties["OnDelete"] = "drop"
        resource = CustomResource(
            self,
            name,
            resource_type="Custom::DatabaseUser",
            service_token=self._function_arn,
            service_timeout=self._timeout,
            properties=properties,
        )
        # The Data API answers only when the writer instance, a child of the cluster, is up.
        resource.node.add_dependency(self._backend.database)
        if "RunnerArn" in properties:
            # The rules on both ends of its way are children of the groups.
            resource.node.add_dependency(*self.runner.connections.security_groups, self._backend.security_group)
        return DatabaseUser(name=name, rights=rights, resource=resource, password=password)

    def _new_password(self, user: str) -> secretsmanager.Secret:
        password = user_password(self, user, encryption_key=self._encryption_key)
        self._let_read(password)
        return password

    @cached_property
    def function(self) -> PythonFunction:
        """The function that makes the users: outside of any VPC, with rights on this database and its secrets only."""
        function = PythonFunction(
            self,
            "Function",
            source=_RUNTIME,
            handler="database_users.index.handler",
            exclude=["sql_runner"],
            timeout=Duration.seconds(_FUNCTION_TIMEOUT_SECONDS),
            description="Makes the database users that functions connect as",
            environment={"POWERTOOLS_SERVICE_NAME": "database-users"},
            log_encryption_key=self._encryption_key,
        )
        acknowledge(
            function,
            *in_compliance_packs("LambdaInsideVPC"),
            reason="It speaks to AWS only, over TLS; in an isolated VPC it could not even answer CloudFormation.",
        )
        return _called_by_deployments(function)

    @cached_property
    def runner(self) -> PythonFunction:
        """The function that runs the SQL of the other one, where there is no Data API: it reaches the database only."""
        group = ec2.SecurityGroup(
            self, "RunnerSecurityGroup", vpc=self._vpc, description="Reaches the database", allow_all_outbound=False
        )
        port = ec2.Port.tcp(self._backend.port)
        group.connections.allow_to(self._backend.security_group, port, "Makes the database users")
        runner = PythonFunction(
            self,
            "Runner",
            source=_RUNTIME / "sql_runner",
            modules=["constructs_lib.relational.client"],
            vpc=self._vpc,
            subnets=self._subnets,
            security_groups=[group],
            timeout=Duration.seconds(_RUNNER_TIMEOUT_SECONDS),
            description="Runs the SQL that makes the database users",
            environment={"POWERTOOLS_SERVICE_NAME": "sql-runner"},
            log_encryption_key=self._encryption_key,
        )
        return _called_by_deployments(runner)

    @cached_property
    def _function_arn(self) -> str:
        return self.function.function_arn

    @cached_property
    def _way(self) -> dict[str, str]:
        """How the function reaches the database as its master user, and the right to go that way."""
        master_secret_arn = self._let_read(self._backend.master_secret)
        database = self._backend.view
        if is_cluster(database):
            cluster_arn = database.cluster_arn
            self._allow("rds-data:ExecuteStatement", cluster_arn)
            return {"MasterSecretArn": master_secret_arn, "ClusterArn": cluster_arn}
        runner_arn = self.runner.function_arn
        self._allow("lambda:InvokeFunction", runner_arn)
        return {
            "MasterSecretArn": master_secret_arn,
            "RunnerArn": runner_arn,
            "Host": database.db_instance_endpoint_address,
            "Port": str(self._backend.port),
        }

    def _let_read(self, secret: secretsmanager.ISecret) -> str:
        """Let the function read a secret, and return the secret's ARN."""
        arn = secret.secret_arn
        self._allow("secretsmanager:GetSecretValue", arn)
        if key := secret.encryption_key:
            key.grant_decrypt(self.function)
        return arn

    def _allow(self, action: str, arn: str) -> None:
        self.function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[arn]))


def _called_by_deployments(function: PythonFunction) -> PythonFunction:
    acknowledge(
        function,
        *in_compliance_packs("LambdaDLQ", "LambdaConcurrency"),
        reason="Only a deployment calls it, a few times at once, and sees for itself when it fails.",
    )
    return function
