"""A relational database behind RDS Proxy."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require_kind, require_one_of
from constructs_lib.functions.environment import give_environment
from constructs_lib.functions.in_vpc import connections_in_vpc
from constructs_lib.relational import metrics
from constructs_lib.relational.alarms import database_alarms
from constructs_lib.relational.backend import AnyDatabase
from constructs_lib.relational.bring_your_own import require_left_out, require_together
from constructs_lib.relational.database_events import DatabaseEvents
from constructs_lib.relational.database_name import require_database_name
from constructs_lib.relational.database_users import DatabaseUser, DatabaseUsers
from constructs_lib.relational.engine import DatabaseEngine
from constructs_lib.relational.event_source import Of
from constructs_lib.relational.event_target import Target
from constructs_lib.relational.existing_database import existing_database
from constructs_lib.relational.lambda_access import LambdaAccess, require_invoking
from constructs_lib.relational.new_database import Keeping, new_database
from constructs_lib.relational.proxy import (
    Pool,
    existing_proxy,
    new_proxy,
    reader_endpoint,
    subnets_in_two_zones,
    users_arn,
)
from constructs_lib.relational.proxy_logins import IamLogins, SecretLogins


class ProxiedDatabase(Construct):
    """Gives functions a relational database that many of them can use at once, without a password anywhere.

    An encrypted database stands in subnets that the internet does not reach, and RDS Proxy in front of it pools the
    connections. Functions log in to the proxy, and the proxy to the database, by IAM; `grant_connect` opens the whole
    way for one function and makes its database user. The master password exists once, kept and rotated by RDS.

    What the proxy cannot pool it pins to one client: prepared statements of the protocol, ``SET``, temporary tables.
    Pinned clients count fully against the connections; `constructs_lib.relational.client` avoids them.

    Costs: the database (see `DatabaseEngine`), and the proxy: 0.015 US$ an hour and vCPU of an instance, so 22 US$ a
    month for two of them, or for 8 ACUs of Aurora Serverless v2 at least, 88 US$ a month. There is no NAT gateway and
    no endpoint; none is needed.

    Args:
        scope: the parent.
        id: the name in the tree; changing it makes a new, empty database.
        vpc: where database and proxy stand; an imported one will do. It needs isolated or private subnets in two zones.
        engine: which database, of which size; of an existing one, what it is.
        database_name: made with the database; lower-case letters, digits and underscores, at most 55 of them in
            PostgreSQL and 64 in MySQL.
        database: an existing cluster or instance to stand the proxy in front of; by default a new one is made. It must
            have ``iam_authentication`` on, and an imported one be imported with its security groups and resource id.
        master_secret: the secret of an existing database's master user, where the database does not know it itself.
        proxy: an existing proxy of the existing database, with end-to-end IAM authentication.
        proxy_security_group: the existing proxy's.
        proxy_role: the existing proxy's, which gets the right to log in to the database as each user.
        subnets: by default the VPC's isolated subnets, or its private ones with egress if it has no isolated ones.
        authentication: how the proxy logs in to the database: by ``iam``, or as ``secret`` by a password for each user,
            which only proxy and database know. Functions log in to the proxy by IAM either way. The secrets cost 0.40
            US$ a user and month; take them where the database cannot let in by IAM as many as come, above all MySQL,
            which takes about 200 new connections a second at most.
        encryption_key: for storage, logs and secrets; by default keys of AWS's. An imported key must let CloudWatch
            Logs use it; a key of this app learns it here.
        backup_retention_days: 1 to 35 days within which any second can be restored.
        deletion_protection: RDS refuses to delete the database while it is on.
        log_retention: how long the database's logs are kept; not infinitely.
        borrow_timeout: how long a client waits for a free connection before it gets an error, 0 to 300 seconds (0 waits
            without end); by default 20 s, before a function behind API Gateway runs out of time.
        idle_client_timeout: after which silence the proxy drops a client, 1 second to 8 hours; by default 30 minutes.
        max_connections_percent: 1 to 100; the rest is left to the Data API and to people.
        session_pinning_filters: what need not pin a client. None is known to be safe for every application.
        drop_users: whether a database user goes when nobody is granted it any more; what it owns then belongs to the
            other writers. By default users stay. Moving the construct to another id or stack counts as that too, and
            drops users that the new one has just taken over.
        removal_policy: what becomes of the database, and what it needs to live, when the construct is removed. To
            delete it, switch off ``deletion_protection`` first. What is kept keeps its name, also when the deployment
            that made it fails: the next one in the same stack then meets it.
        alarm_topic: who is told when something needs a person: see `alarms`. By default there are no alarms.

    Raises:
        InvalidArgument: a value outside of its limits; a VPC without isolated or private subnets in two availability
            zones; public subnets; an existing database that does not fit, or arguments for a new one beside it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        engine: DatabaseEngine,
        database_name: str = "app",
        database: AnyDatabase | None = None,
        master_secret: secretsmanager.ISecret | None = None,
        proxy: rds.IDatabaseProxy | None = None,
        proxy_security_group: ec2.ISecurityGroup | None = None,
        proxy_role: iam.IRole | None = None,
        subnets: ec2.SubnetSelection | None = None,
        authentication: Literal["iam", "secret"] = "iam",
        encryption_key: kms.IKey | None = None,
        backup_retention_days: int = 7,
        deletion_protection: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        borrow_timeout: Duration | None = None,
        idle_client_timeout: Duration | None = None,
        max_connections_percent: int = 90,
        session_pinning_filters: Sequence[rds.SessionPinningFilter] = (),
        drop_users: bool = False,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        keeping = Keeping(
            backup_retention_days=backup_retention_days,
            deletion_protection=deletion_protection,
            log_retention=log_retention,
            removal_policy=removal_policy,
        )
        pool = Pool(
            borrow_timeout=borrow_timeout,
            idle_client_timeout=idle_client_timeout,
            max_connections_percent=max_connections_percent,
            session_pinning_filters=tuple(session_pinning_filters),
        )
        require_kind("engine", engine, DatabaseEngine, "constructs_lib.relational")
        require_kind("drop_users", drop_users, bool, "constructs_lib.relational")
        require_database_name(engine.family, database_name, is_new=database is None)
        require_one_of("authentication", authentication, ("iam", "secret"), "RDS Proxy authentication")
        require_left_out(keeping if database else None, pool if proxy else None, authentication)
        require_together(database, master_secret, proxy, proxy_security_group, proxy_role)
        subnets = subnets_in_two_zones(vpc, subnets)

        super().__init__(scope, id)
        self.vpc = vpc
        self._name, self._vpc_id = id, vpc.vpc_id
        self.engine = engine
        self.database_name = database_name
        self._subnets = subnets
        self._backend = (
            existing_database(self, database=database, engine=engine, master_secret=master_secret)
            if database
            else new_database(
                self,
                engine=engine,
                database_name=database_name,
                vpc=vpc,
                subnets=subnets,
                keeping=keeping,
                encryption_key=encryption_key,
            )
        )
        self.database = self._backend.database
        self.database_security_group = self._backend.security_group
        front = (
            existing_proxy(self, proxy=proxy, role=proxy_role, security_group=proxy_security_group)
            if proxy and proxy_role and proxy_security_group  # which come together
            else new_proxy(self, backend=self._backend, vpc=vpc, subnets=subnets, pool=pool)
        )
        self.proxy, self.proxy_role, self.proxy_security_group = front.proxy, front.role, front.security_group
        self._proxy_node = self.proxy_security_group.node
        self._rules_of_proxy = self._proxy_node.children
        self._logins = SecretLogins(front) if authentication == "secret" else IamLogins(front, self._backend)
        self._lambda_access: LambdaAccess | None = None
        self.reader_endpoint = reader_endpoint(self, front=front, vpc=vpc, subnets=subnets) if engine.readers else None
        self.users = DatabaseUsers(
            self,
            "Users",
            engine=engine,
            backend=self._backend,
            database_name=database_name,
            vpc=vpc,
            subnets=subnets,
            with_passwords=authentication == "secret",
            drop=drop_users,
            encryption_key=encryption_key,
        )
        self._alarm_topic = alarm_topic
        self.alarms: dict[str, cloudwatch.Alarm] = {}
        if alarm_topic:
            self.alarms = database_alarms(
                self,
                topic=alarm_topic,
                engine=engine,
                database=self._backend.view,
                proxy=self.proxy,
                borrow_timeout=borrow_timeout,
            )

    def grant_connect(self, function: lambda_.IFunction, user: str = "app", *, read_only: bool = False) -> iam.Grant:
        """Let a function connect to the database as a user: by network, by IAM, and as a user that exists.

        The function gets ``DB_HOST``, ``DB_PORT``, ``DB_NAME``, ``DB_USER`` and ``DB_ENGINE``, and ``DB_READER_HOST``
        where the engine has readers; `constructs_lib.relational.client` connects with them. Its password is an IAM
        token, computed without a call to AWS. The function is created after its user.

        Args:
            function: in the database's VPC; its stack may be another one than the database's.
            user: made by the stack, for this function or for several; lower-case letters, digits and underscores, at
                most 63 of them in PostgreSQL and 32 in MySQL.
            read_only: whether the user reads the tables only (in PostgreSQL those of the schema ``public``), or also
                writes and creates them.

        Returns:
            The grant of ``rds-db:connect`` to the function.

        Raises:
            InvalidArgument: the function is imported, not in this VPC, or connected to another database or as another
                user; a user name that the engine or this pattern keeps; a user with both kinds of rights.
        """
        database_user = self._user(user, read_only=read_only)
        give_environment(function, **self._variables, DB_USER=user)
        connections, groups = connections_in_vpc(
            function, self._vpc_id, of="the database", source="Using RDS Proxy with AWS Lambda"
        )
        node = function.node
        of_others = len(self._proxy_node.children)
        # From the function's side, so that both rules stand in its stack and the database's never waits for it.
        connections.allow_to(self.proxy_security_group, self._port, f"{node.id} to {self._name}")
        # Once it runs, it can connect: the user is made, the proxy has its target, and its role the right to log in.
        # The rules on both ends of each leg are children of the groups; those of other functions it may not wait for.
        ways = (*groups, *self._proxy_node.children[of_others:], *self._rules_of_proxy, self.database_security_group)
        resource = cast("lambda_.CfnFunction", node.default_child)
        resource.node.add_dependency(database_user.resource, self.proxy, self.proxy_role, *ways)
        return iam.Grant.add_to_principal(
            grantee=function, actions=["rds-db:connect"], resource_arns=[self.user_arn(user)]
        )

    def user_arn(self, user: str) -> str:
        """Return what ``rds-db:connect`` is allowed on for who connects as a user: for people, who connect by hand."""
        return f"{self._users_arn}/{user}"

    def allow_invoke(
        self,
        function: lambda_.IFunction,
        user: str = "app",
        *,
        read_only: bool = False,
        endpoint: ec2.IInterfaceVpcEndpoint | None = None,
    ) -> iam.Grant:
        """Let a user's SQL call a function, for example in a trigger, with what is in the row.

        In PostgreSQL the extension ``aws_lambda`` is made, and the user may call ``aws_lambda.invoke``; in Aurora MySQL
        it may call ``lambda_sync`` and ``lambda_async``. A trigger runs with the rights of the user who changes the
        row. Inside a transaction call asynchronously (``'Event'``): the transaction waits for the answer otherwise, and
        a call is not undone by a rollback. See `LambdaAccess` for the network, and its costs in isolated subnets.

        Args:
            function: in any stack and any VPC, or in none.
            user: in whose SQL it may be called; made if `grant_connect` has not made it.
            read_only: as in `grant_connect`.
            endpoint: the VPC's own interface endpoint for Lambda, instead of a new one; the first call decides. For an
                endpoint, an existing instance of RDS for PostgreSQL needs the parameter ``rds.custom_dns_resolution``.

        Returns:
            The grant of ``lambda:InvokeFunction`` to the database's role.

        Raises:
            InvalidArgument: the engine cannot call functions (RDS for MySQL), or the existing database cannot be told.
        """
        require_invoking(self.engine, self._backend)
        self.users.let_invoke(self._user(user, read_only=read_only))
        if self._lambda_access is None:
            self._lambda_access = LambdaAccess(
                self,
                "LambdaAccess",
                engine=self.engine,
                backend=self._backend,
                vpc=self.vpc,
                subnets=self._subnets,
                endpoint=endpoint,
            )
        return self._lambda_access.allow(function)

    def on_event(
        self, target: Target, *, categories: Sequence[str] = (), of: Of = "database"
    ) -> rds.CfnEventSubscription:
        """Tell a topic, a queue or a function what happens to the database: failovers, failures, maintenance, backups.

        Events tell about the database and never carry a row of it; for rows, see `allow_invoke`. RDS sends them at its
        best effort. A function finds each one, as JSON, in ``Records[].Sns.Message``. See `DatabaseEvents`.

        Args:
            target: who is told; once, with all its categories.
            categories: of which events; by default of all. Clusters, instances and proxies have different ones.
            of: of the ``database`` or of its ``proxy``.

        Raises:
            InvalidArgument: a category that RDS does not have there; a target that cannot be told, or is told already.
        """
        return self.events.subscribe(target, categories=categories, of=of)

    @cached_property
    def events(self) -> DatabaseEvents:
        """What stands between RDS and those who hear its events."""
        view = self._backend.view
        return DatabaseEvents(self, "Events", database=view, proxy=self.proxy, alarm_topic=self._alarm_topic)

    def metric_client_connections(self) -> cloudwatch.IMetric:
        """Count the connections that clients keep to the proxy."""
        return metrics.client_connections(self.proxy)

    def metric_connections_in_use(self, *, role: metrics.Role = "READ_WRITE") -> cloudwatch.IMetric:
        """Say how many of the connections that the proxy may open are lent to clients, in percent.

        Args:
            role: of the writer, ``READ_WRITE``, or of the readers, ``READ_ONLY``.

        Raises:
            InvalidArgument: another role.
        """
        return metrics.connections_in_use(self.proxy, role=role)

    def metric_borrow_latency(self) -> cloudwatch.IMetric:
        """Average how long a client waits for a connection, in microseconds."""
        return metrics.borrow_latency(self.proxy)

    def metric_cpu(self) -> cloudwatch.IMetric:
        """Measure the processor, in percent: of a cluster, its busiest instance."""
        return metrics.cpu(self._backend.view)

    def metric_free_storage(self) -> cloudwatch.IMetric:
        """Measure the storage that an instance has left, in bytes.

        Raises:
            InvalidArgument: the database is Aurora's, whose storage grows by itself: see `metric_used_storage`.
        """
        return metrics.free_storage(self._backend.view)

    def metric_used_storage(self) -> cloudwatch.IMetric:
        """Measure the storage that a cluster is billed for, in bytes.

        Raises:
            InvalidArgument: the database is an instance: see `metric_free_storage`.
        """
        return metrics.used_storage(self._backend.view)

    def metric_acu_utilization(self) -> cloudwatch.IMetric:
        """Measure the capacity of a cluster's largest instance, in percent of its maximum of ACUs.

        Raises:
            InvalidArgument: the database is an instance, which has no ACUs.
        """
        return metrics.acu_utilization(self._backend.view)

    # What each grant needs is asked of the CDK once: every answer is a way to Node and back.

    @cached_property
    def _port(self) -> ec2.Port:
        return ec2.Port.tcp(self.engine.port)

    @cached_property
    def _users_arn(self) -> str:
        return users_arn(self.proxy)

    @cached_property
    def _variables(self) -> dict[str, str]:
        variables = {
            "DB_HOST": self.proxy.endpoint,
            "DB_PORT": str(self.engine.port),
            "DB_NAME": self.database_name,
            "DB_ENGINE": self.engine.family,
        }
        if self.reader_endpoint:
            variables["DB_READER_HOST"] = self.reader_endpoint.endpoint
        return variables

    def _user(self, name: str, *, read_only: bool) -> DatabaseUser:
        """Return a user, as whom the proxy may log in."""
        user = self.users.user(name, read_only=read_only)
        self._logins.admit(user)
        return user
