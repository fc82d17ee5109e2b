"""Microseconds before a table: a DAX cluster that only the functions it is given to can reach."""

import re
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_dax as dax
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require, require_within
from constructs_lib.functions.environment import give_environment
from constructs_lib.functions.subnets import private_subnets
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import DAX_NODES

_READ = ("GetItem", "BatchGetItem", "Query", "ConditionCheckItem")
_WRITE = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
_TLS_PORT = 9111
_NODE_TYPE = re.compile(r"dax\.[a-z]\d[a-z]*\.\d*(small|medium|large|xlarge)")


class DaxCluster(Construct):
    """A write-through cache that answers eventually consistent reads of items and queries in microseconds.

    It caches neither strongly consistent reads, which pass through to the table, nor aggregates, which it cannot
    compute (use ElastiCache). It is encrypted at rest and in transit, both for good: changing either would replace the
    cluster. A cluster is paid by node and hour, whether it is used or not.

    Attributes:
        cluster: the DAX cluster.
        role: what the cluster may do: read and write its tables, nothing else.
        security_group: lets in, on port 9111, the functions that were granted; lets out nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        tables: Sequence[ItemTable],
        node_type: str = "dax.r7i.large",
        nodes: int = 3,
        item_ttl: Duration | None = None,
        query_ttl: Duration | None = None,
    ) -> None:
        """Make the cluster.

        Args:
            scope: the construct that the cluster belongs to.
            id: the construct id.
            vpc: where it runs, in isolated subnets, or in private ones where the VPC has no isolated ones.
            tables: the tables that it caches.
            node_type: the type of each node, such as ``dax.r7i.large`` or ``dax.t3.small``.
            nodes: how many nodes, 1 to 11 (Quotas in Amazon DynamoDB). Production needs three, in three Availability
                Zones: with fewer, a failing node takes the cache down.
            item_ttl: how long an item stays cached; None is five minutes, DAX's own default.
            query_ttl: how long the answer of a query stays cached; None is five minutes, DAX's own default.

        Raises:
            InvalidArgument: no table, a node type or count that DAX refuses, a TTL of a part of a millisecond, or a VPC
                with public subnets only.
        """
        require(tables, "tables", "name at least one table", [*tables], "DAX cluster components")
        require(_NODE_TYPE.fullmatch(node_type), "node_type", "be a DAX node type", node_type, "DAX nodes")
        require_within("nodes", nodes, DAX_NODES)
        subnet_type = private_subnets(vpc).subnet_type
        super().__init__(scope, id)
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, allow_all_outbound=False, description="DAX: only granted functions come in"
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("dax.amazonaws.com"))
        self.cluster = dax.CfnCluster(
            self,
            "Cluster",
            iam_role_arn=self.role.role_arn,
            node_type=node_type,
            replication_factor=nodes,
            cluster_endpoint_encryption_type="TLS",
            sse_specification=dax.CfnCluster.SSESpecificationProperty(sse_enabled=True),
            security_group_ids=[self.security_group.security_group_id],
            subnet_group_name=self._subnet_group(vpc.select_subnets(subnet_type=subnet_type).subnet_ids).ref,
            parameter_group_name=self._parameter_group(item_ttl, query_ttl).ref,
        )
        for table in tables:
            table.grant_read_write(self.role, scan=True).apply_before(self.cluster)
            table.grant(self.role, "dynamodb:DescribeTable").apply_before(self.cluster)

    def grant_read(self, function: lambda_.Function) -> iam.Grant:
        """Let a function read through the cache: its rights, the port and ``DAX_ENDPOINT`` in its environment.

        Raises:
            InvalidArgument: the function is outside a VPC, where the cluster cannot be reached.
        """
        return self._grant(function, _READ)

    def grant_read_write(self, function: lambda_.Function) -> iam.Grant:
        """Let a function read and write through the cache; as `grant_read`."""
        return self._grant(function, (*_READ, *_WRITE))

    def _grant(self, function: lambda_.Function, operations: Sequence[str]) -> iam.Grant:
        if not function.is_bound_to_vpc:
            rule = "be in the cluster's VPC: give it vpc="
            raise InvalidArgument("function", rule, function.node.path, "DAX access control")
        # From the function's side, so that the rules land in its stack and the two stacks do not need each other.
        function.connections.allow_to(self.security_group, ec2.Port.tcp(_TLS_PORT), "Reads and writes through DAX")
        give_environment(function, DAX_ENDPOINT=self.cluster.attr_cluster_discovery_endpoint_url)
        return iam.Grant.add_to_principal(
            grantee=function,
            actions=[f"dax:{operation}" for operation in operations],
            resource_arns=[self.cluster.attr_arn],
        )

    def _subnet_group(self, subnet_ids: Sequence[str]) -> dax.CfnSubnetGroup:
        return dax.CfnSubnetGroup(self, "Subnets", subnet_ids=[*subnet_ids])

    def _parameter_group(self, item_ttl: Duration | None, query_ttl: Duration | None) -> dax.CfnParameterGroup:
        default = Duration.minutes(5)
        milliseconds = {
            "record-ttl-millis": str(int((item_ttl or default).to_milliseconds())),
            "query-ttl-millis": str(int((query_ttl or default).to_milliseconds())),
        }
        return dax.CfnParameterGroup(self, "Parameters", parameter_name_values=milliseconds)
