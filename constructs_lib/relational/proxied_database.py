"""A relational database behind RDS Proxy."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Aws, Duration, Fn, Names, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, is_token, require, require_within
from constructs_lib.functions.environment import give_environment
from constructs_lib.functions.subnets import private_subnets, selected
from constructs_lib.quotas import (
    RDS_BACKUP_RETENTION,
    RDS_PROXY_BORROW_TIMEOUT,
    RDS_PROXY_CONNECTIONS,
    RDS_PROXY_IDLE_CLIENT_TIMEOUT,
)
from constructs_lib.relational.cluster import aurora_cluster
from constructs_lib.relational.database_users import DatabaseUsers
from constructs_lib.relational.engine import DatabaseEngine
from constructs_lib.relational.runtime.database_users.names import MAX_DATABASE, RULE, is_plain

_SOURCE = "constructs_lib.relational"


class ProxiedDatabase(Construct):
    """Gives functions a relational database that many of them can use at once, without a password anywhere.

    An encrypted Aurora cluster stands in subnets that the internet does not reach, and RDS Proxy in front of it pools
    the connections. Functions log in to the proxy, and the proxy to the database, by IAM; `grant_connect` opens the
    whole way for one function and makes its database user. The master password exists once, kept and rotated by RDS.

    What the proxy cannot pool it pins to one client: prepared statements of the protocol, ``SET``, temporary tables.
    Pinned clients count fully against the connections; with psycopg, pass ``prepare_threshold=None``.

    Costs: the cluster (see `DatabaseEngine`), about 0.10 US$ a GB and month of storage, and the proxy, which is billed
    for 8 ACUs at least: 88 US$ a month. There is no NAT gateway and no endpoint; none is needed.

    Args:
        scope: the parent.
        id: the name in the tree; changing it makes a new, empty database.
        vpc: where database and proxy stand; an imported one will do. It needs isolated or private subnets in two zones.
        engine: which database, of which size.
        database_name: made with the cluster; lower-case letters, digits and underscores, 55 at most.
        subnets: by default the VPC's isolated subnets, or its private ones with egress if it has no isolated ones.
        backup_retention_days: 1 to 35 days within which any second can be restored.
        deletion_protection: RDS refuses to delete the cluster while it is on.
        log_retention: how long the database's log is kept; not infinitely.
        borrow_timeout: how long a client waits for a free connection before it gets an error, 0 to 300 seconds (0 waits
            without end); by default 20 s, before a function behind API Gateway runs out of time.
        idle_client_timeout: after which silence the proxy drops a client, 1 second to 8 hours; by default 30 minutes.
        max_connections_percent: 1 to 100; the rest is left to the Data API and to people.
        session_pinning_filters: what need not pin a client. None is known to be safe for every application.
        removal_policy: what becomes of the cluster, and what it needs to live, when the construct is removed. To delete
            it, switch off ``deletion_protection`` first.

    Raises:
        InvalidArgument: a value outside of its limits; a VPC without isolated or private subnets in two availability
            zones; public subnets.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        engine: DatabaseEngine,
        database_name: str = "app",
        subnets: ec2.SubnetSelection | None = None,
        backup_retention_days: int = 7,
        deletion_protection: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        borrow_timeout: Duration | None = None,
        idle_client_timeout: Duration | None = None,
        max_connections_percent: int = 90,
        session_pinning_filters: Sequence[rds.SessionPinningFilter] = (),
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        borrow_timeout = borrow_timeout or Duration.seconds(20)
        idle_client_timeout = idle_client_timeout or Duration.minutes(30)
        _check(database_name, backup_retention_days, log_retention, max_connections_percent)
        require_within("borrow_timeout", borrow_timeout.to_seconds(), RDS_PROXY_BORROW_TIMEOUT)
        require_within("idle_client_timeout", idle_client_timeout.to_seconds(), RDS_PROXY_IDLE_CLIENT_TIMEOUT)
        subnets = private_subnets(vpc, subnets)
        zones = selected(vpc, subnets).availability_zones
        require(
            len(set(zones)) > 1, "vpc", "have such subnets in two availability zones", zones, "RDS Proxy limitations"
        )
        super().__init__(scope, id)
        self.vpc = vpc
        self.engine = engine
        self.database_name = database_name

        self.database_security_group = self._security_group("DatabaseSecurityGroup", "Reached by the proxy only")
        self.database_security_group.apply_removal_policy(removal_policy)
        self.cluster = aurora_cluster(
            self,
            engine=engine,
            database_name=database_name,
            vpc=vpc,
            subnets=subnets,
            security_group=self.database_security_group,
            backup_retention_days=backup_retention_days,
            deletion_protection=deletion_protection,
            log_retention=log_retention,
            removal_policy=removal_policy,
        )
        self.proxy_security_group = self._security_group("ProxySecurityGroup", "Reached by granted functions only")
        self.proxy_role = iam.Role(self, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        self.proxy = rds.DatabaseProxy(
            self,
            "Proxy",
            # The CDK's own default is the construct's id, which a second stack in the account would meet again.
            db_proxy_name=Names.unique_resource_name(self, max_length=60, separator="-"),
            proxy_target=rds.ProxyTarget.from_cluster(self.cluster),
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            require_tls=True,
            role=self.proxy_role,
            vpc=vpc,
            vpc_subnets=subnets,
            security_groups=[self.proxy_security_group],
            borrow_timeout=borrow_timeout,
            idle_client_timeout=idle_client_timeout,
            max_connections_percent=max_connections_percent,
            session_pinning_filters=list(session_pinning_filters) or None,
        )
        self.users = DatabaseUsers(self, "Users", cluster=self.cluster, database_name=database_name)

    def grant_connect(self, function: lambda_.IFunction, user: str = "app", *, read_only: bool = False) -> iam.Grant:
        """Let a function connect to the database as a user: by network, by IAM, and as a user that exists.

        The function gets ``DB_HOST``, ``DB_PORT``, ``DB_NAME`` and ``DB_USER``, and logs in with an IAM token as
        password (boto3: ``rds.generate_db_auth_token``), which is computed without a call to AWS. It is created after
        its user.

        Args:
            function: in the database's VPC; its stack may be another one than the database's.
            user: made by the stack, for this function or for several; lower-case letters, digits and underscores.
            read_only: whether the user reads the tables in the schema ``public`` only, or also writes and creates them.

        Returns:
            The grant of ``rds-db:connect`` to the function.

        Raises:
            InvalidArgument: the function is imported, not in this VPC, or connected to another database or as another
                user; a user name that PostgreSQL or this pattern keeps; a user with both kinds of rights.
        """
        variables = {"DB_HOST": self.proxy.endpoint, "DB_PORT": str(self.engine.port), "DB_NAME": self.database_name}
        give_environment(function, **variables, DB_USER=user)
        self._require_in_vpc(function)
        database_user = self.users.user(user, read_only=read_only)
        port = ec2.Port.tcp(self.engine.port)
        # From the function's side, so that both rules stand in its stack and the database's never waits for it.
        function.connections.allow_to(self.proxy_security_group, port, f"{function.node.id} to {self.node.id}")
        self.cluster.grant_connect(self.proxy_role, user)
        # Once it runs, it can connect: the user is made, the proxy has its target, and its role the right to log in.
        resource = cast("lambda_.CfnFunction", function.node.default_child)
        resource.node.add_dependency(database_user, self.proxy, self.proxy_role)
        return iam.Grant.add_to_principal(
            grantee=function, actions=["rds-db:connect"], resource_arns=[self._proxy_user_arn(user)]
        )

    def _proxy_user_arn(self, user: str) -> str:
        # The proxy's id is the end of its ARN. Another stack reads that as a stack's output, which Fn::Split does not
        # take as it is, but takes out of a Fn::Sub.
        arn = Fn.sub("${Arn}", {"Arn": self.proxy.db_proxy_arn})
        proxy_id = Fn.select(6, Fn.split(":", arn))
        return f"arn:{Aws.PARTITION}:rds-db:{Aws.REGION}:{Aws.ACCOUNT_ID}:dbuser:{proxy_id}/{user}"

    def _security_group(self, id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _require_in_vpc(self, function: lambda_.IFunction) -> None:
        path, source = function.node.path, "Using RDS Proxy with AWS Lambda"
        if not function.is_bound_to_vpc:
            raise InvalidArgument("function", "stand in the database's VPC (vpc=...)", path, source)
        for group in function.connections.security_groups:
            resource = group.node.default_child
            if isinstance(resource, ec2.CfnSecurityGroup) and _are_different(resource.vpc_id, self.vpc.vpc_id):
                raise InvalidArgument("function", "stand in the database's VPC, not in another one", path, source)


def _check(
    database_name: str, backup_retention_days: int, log_retention: logs.RetentionDays, max_connections_percent: int
) -> None:
    plain = is_plain(database_name, MAX_DATABASE)
    require(plain, "database_name", f"have at most {MAX_DATABASE} characters and {RULE}", database_name, _SOURCE)
    require_within("backup_retention_days", backup_retention_days, RDS_BACKUP_RETENTION)
    require(log_retention != logs.RetentionDays.INFINITE, "log_retention", "be finite", log_retention, _SOURCE)
    require_within("max_connections_percent", max_connections_percent, RDS_PROXY_CONNECTIONS)


def _are_different(one: str | None, other: str) -> bool:
    """Compare two VPC ids; of an id and a token it is not known before deployment."""
    return one != other and is_token(one) == is_token(other)
