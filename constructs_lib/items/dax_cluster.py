"""Microseconds before a table: a DAX cluster that only the functions it is given to can reach."""

from collections.abc import Callable, Sequence

from aws_cdk import Duration, Tokenization
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dax as dax
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.environment import give_environment
from constructs_lib.functions.in_vpc import connections_in_vpc
from constructs_lib.functions.subnets import private_subnets, selected
from constructs_lib.items.dax_alarms import dax_alarms
from constructs_lib.items.dax_nodes import check_maintenance_window, check_node_type
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import DAX_NODES
from constructs_lib.services.topic_policy import let_account_publish

_READ = ("GetItem", "BatchGetItem", "Query", "ConditionCheckItem")
_WRITE = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
_TLS_PORT = 9111
_TTL_SOURCE = "Amazon DAX DescribeDefaultParameters"


class DaxCluster(Construct):
    """A write-through cache that answers eventually consistent reads of items and queries in microseconds.

    Handlers use it through `constructs_lib.items.client`, which asks the tables themselves when the cluster does not
    answer. The cluster knows of a write at once if it is made through it (`grant_read_write`); of any other, when
    ``item_ttl`` has passed; and in the answers of queries of none before ``query_ttl`` has passed. That something is
    *not* there is kept as long. It caches neither strongly consistent reads and transactions, which pass through to the
    table, nor aggregates, which it cannot compute (use ElastiCache).

    It is encrypted at rest and in transit, for good. To switch either off, or to change ``node_type``, ``subnets`` or
    the role, replaces the cluster by a new and empty one with another endpoint. TTLs, ``nodes``, tables, window and
    notifications change without interruption.

    The cluster is paid by node and hour, whether it is used or not. Its name, which CloudFormation makes of those of
    stack and construct, is part of a certificate in public logs (DAX access control).

    Attributes:
        cluster: the DAX cluster.
        role: what the cluster may do: read its tables and, once a function may write through it, write them.
        security_group: lets in, on port 9111, the functions that were granted; lets out nothing.
        tables: the tables that it caches.
        alarms: ``cpu``, ``evictions``, ``errors`` and ``throttles``, with an ``alarm_topic``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        tables: Sequence[ItemTable],
        subnets: ec2.SubnetSelection | None = None,
        node_type: str = "dax.r7i.large",
        nodes: int = 3,
        item_ttl: Duration | None = None,
        query_ttl: Duration | None = None,
        maintenance_window: str | None = None,
        notification_topic: sns.ITopic | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Make the cluster.

        Args:
            scope: the construct that the cluster belongs to.
            id: the construct id.
            vpc: where it runs.
            tables: the tables that it caches, one or several. Whoever may read through the cluster may read them all.
            subnets: by default the VPC's isolated subnets, or its private ones with egress if it has no isolated ones.
            node_type: the type of each node, such as ``dax.r7i.large``, or ``dax.t3.small`` for tests; see
                `constructs_lib.items.dax_nodes.NODE_TYPES`.
            nodes: how many nodes, 1 to 11 (Quotas in Amazon DynamoDB), which DAX spreads over the subnets' Availability
                Zones. Production needs three, in three zones: with fewer, a failing node takes the cache down.
            item_ttl: how long an item stays cached; None is five minutes, DAX's own default, and 0 until it is dropped
                for want of memory.
            query_ttl: how long the answer of a query stays cached, from 1 ms; None is five minutes, DAX's own default.
            maintenance_window: when nodes may be mended, as ``sun:01:00-sun:02:00`` in UTC, an hour at least; None
                leaves the day and the hour to DAX.
            notification_topic: is told of the cluster's events, such as a node that failed; a topic of the same
                account, whose policy lets that account publish from now on, unless the topic is imported.
            alarm_topic: is told of alarms, see `dax_alarms`; without it there are none.

        Raises:
            InvalidArgument: no table or one twice, a node type or count that DAX refuses, a TTL of a part of a
                millisecond, a malformed window, or public subnets only.
        """
        for table in tables:
            require_kind("tables", table, ItemTable, "constructs_lib.items")
        paths = [table.node.path for table in tables]
        require(tables, "tables", "name at least one table", [*tables], "DAX cluster components")
        require(len({*paths}) == len(paths), "tables", "name each table once", paths, "DAX cluster components")
        check_node_type(node_type)
        require_within("nodes", nodes, DAX_NODES)
        parameters = {
            "record-ttl-millis": _milliseconds("item_ttl", item_ttl, minimum=0),
            # What 0 does to queries is written nowhere.
            "query-ttl-millis": _milliseconds("query_ttl", query_ttl, minimum=1),
        }
        if maintenance_window is not None:
            check_maintenance_window(maintenance_window)
        subnet_ids = selected(vpc, private_subnets(vpc, subnets)).subnet_ids
        super().__init__(scope, id)
        self.tables = [*tables]
        self._vpc = vpc
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, allow_all_outbound=False, description="DAX: only granted functions come in"
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("dax.amazonaws.com"))
        reason = "The rights are this cluster's only, and go with it."
        acknowledge(self.role, *in_compliance_packs("IAMNoInlinePolicy"), reason=reason)
        self.cluster = dax.CfnCluster(
            self,
            "Cluster",
            iam_role_arn=self.role.role_arn,
            node_type=node_type,
            replication_factor=nodes,
            cluster_endpoint_encryption_type="TLS",
            sse_specification=dax.CfnCluster.SSESpecificationProperty(sse_enabled=True),
            security_group_ids=[self.security_group.security_group_id],
            subnet_group_name=dax.CfnSubnetGroup(self, "Subnets", subnet_ids=subnet_ids).ref,
            parameter_group_name=dax.CfnParameterGroup(self, "Parameters", parameter_name_values=parameters).ref,
            preferred_maintenance_window=maintenance_window,
            notification_topic_arn=notification_topic.topic_arn if notification_topic else None,
        )
        if notification_topic:
            let_account_publish(notification_topic)
        for table in tables:
            table.grant_read(self.role).apply_before(self.cluster)
            table.grant(self.role, "dynamodb:DescribeTable").apply_before(self.cluster)
        self.alarms: dict[str, cloudwatch.Alarm] = (
            dax_alarms(self, cluster=self.cluster, topic=alarm_topic) if alarm_topic else {}
        )

    def grant_read(self, function: lambda_.Function) -> iam.Grant:
        """Let a function read through the cache, and from the tables when the cache does not answer.

        It gets the rights on both, the way to both (port 9111 to the cluster, 443 to DynamoDB), and ``DAX_ENDPOINT``
        and ``DAX_TABLES`` in its environment. In isolated subnets DynamoDB is reached through a gateway endpoint, which
        costs nothing: ``vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)``. The
        names of the tables it gets from `ItemTable.grant_read`.

        Raises:
            InvalidArgument: the function is outside of the cluster's VPC, or reads through another cluster already.
        """
        return self._grant(function, _READ, lambda table, role: table.grant_read(role))

    def grant_read_write(self, function: lambda_.Function) -> iam.Grant:
        """Let a function write through the cache, too, so that the cache knows the new item; else as `grant_read`.

        It also gets ``DAX_WRITES=through``: the client then writes through the cluster while that answers, and to the
        tables otherwise.
        """
        grant = self._grant(function, (*_READ, *_WRITE), lambda table, role: table.grant_read_write(role))
        give_environment(function, DAX_WRITES="through")
        for table in self.tables:
            table.grant_write(self.role)
        return grant

    def _grant(
        self,
        function: lambda_.Function,
        operations: Sequence[str],
        at_table: Callable[[ItemTable, iam.IPrincipal], iam.Grant],
    ) -> iam.Grant:
        connections, _ = connections_in_vpc(function, self._vpc.vpc_id, of="the cluster", source="DAX access control")
        give_environment(
            function,
            DAX_ENDPOINT=self.cluster.attr_cluster_discovery_endpoint_url,
            DAX_TABLES=",".join(table.table.table_name for table in self.tables),
        )
        # From the function's side, so that the rules land in its stack and the two stacks do not need each other.
        connections.allow_to(self.security_group, ec2.Port.tcp(_TLS_PORT), "Reads and writes through DAX")
        connections.allow_to_any_ipv4(ec2.Port.tcp(443), "DynamoDB, when DAX does not answer")
        grant = iam.Grant.add_to_principal(
            grantee=function,
            actions=[f"dax:{operation}" for operation in operations],
            resource_arns=[self.cluster.attr_arn],
        )
        for table in self.tables:
            # To the role, since to the function it would name just one of the tables in its environment.
            grant = grant.combine(at_table(table, function.grant_principal))
        return grant


def _milliseconds(name: str, ttl: Duration | None, *, minimum: int) -> str:
    """Write a time to live as DAX reads it.

    Raises:
        InvalidArgument: it is no duration of whole milliseconds, or too short.
    """
    ttl = ttl or Duration.minutes(5)
    require_kind(name, ttl, Duration, _TTL_SOURCE)
    value = ttl.to_milliseconds(integral=False)
    is_whole = value == int(value)
    require(is_whole and value >= minimum, name, f"be {minimum} ms or more, in whole milliseconds", value, _TTL_SOURCE)
    return Tokenization.stringify_number(value)
