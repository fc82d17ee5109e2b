"""What the local AWS tells of a database: where it is in the network, who is let in, and what it may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local.server.databases.network_path import NetworkInterface
from constructs_lib.local.server.databases.postgres_endpoint import RefusedError


@dataclass(frozen=True, slots=True)
class DescribedDatabase:
    """A cluster, or an instance of its own."""

    interface: NetworkInterface
    port: int
    arn: str
    resource_id: str
    takes_iam: bool
    readers: int
    roles: dict[str, str]
    """The role that is associated for each feature."""
    private_names: bool
    """Whether it asks the VPC's own DNS, which knows of endpoints for AWS services."""


Describe = Callable[[Any], DescribedDatabase]
"""Describes a database as it is now, by a client of RDS."""


def describe_cluster(rds: Any, name: str) -> DescribedDatabase:
    """Describe a cluster; all its members but one are readers."""
    record = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    return DescribedDatabase(
        interface=_interface(rds, name, record, record["DBSubnetGroup"]),
        port=record["Port"],
        arn=record["DBClusterArn"],
        resource_id=record["DbClusterResourceId"],
        takes_iam=record["IAMDatabaseAuthenticationEnabled"],
        readers=len(record["DBClusterMembers"]) - 1,
        roles=_roles(record),
        private_names=True,
    )


def describe_instance(rds: Any, name: str) -> DescribedDatabase:
    """Describe an instance."""
    record = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    group = record["DBParameterGroups"][0]["DBParameterGroupName"]
    return DescribedDatabase(
        interface=_interface(rds, name, record, record["DBSubnetGroup"]["DBSubnetGroupName"]),
        port=record["Endpoint"]["Port"],
        arn=record["DBInstanceArn"],
        resource_id=record["DbiResourceId"],
        takes_iam=record["IAMDatabaseAuthenticationEnabled"],
        readers=0,
        roles=_roles(record),
        private_names=_private_names(rds, group),
    )


def describe_target(rds: Any, proxy: str) -> DescribedDatabase:
    """Describe the database behind a proxy."""
    targets = rds.describe_db_proxy_targets(DBProxyName=proxy)["Targets"]
    if not targets:
        raise RefusedError(
            f"the proxy {proxy} has no target: no AWS::RDS::DBProxyTargetGroup names a database", "08001"
        )
    describe = describe_cluster if targets[0]["Type"] == "TRACKED_CLUSTER" else describe_instance
    return describe(rds, targets[0]["RdsResourceId"])


def _roles(record: dict[str, Any]) -> dict[str, str]:
    return {role["FeatureName"]: role["RoleArn"] for role in record["AssociatedRoles"]}


def _private_names(rds: Any, group: str) -> bool:
    """Tell whether an instance asks the VPC's own DNS; Aurora always does."""
    try:
        parameters = rds.describe_db_parameters(DBParameterGroupName=group)["Parameters"]
    except ClientError:  # The default groups are known by name only; they leave it off.
        return False
    values = {parameter["ParameterName"]: parameter.get("ParameterValue") for parameter in parameters}
    return values.get("rds.custom_dns_resolution") == "1"


def _interface(rds: Any, name: str, record: dict[str, Any], subnet_group: str) -> NetworkInterface:
    groups = [group["VpcSecurityGroupId"] for group in record["VpcSecurityGroups"]]
    try:
        described = rds.describe_db_subnet_groups(DBSubnetGroupName=subnet_group)["DBSubnetGroups"][0]
    except ClientError:  # The default one is known by name only.
        return NetworkInterface(f"the database {name}", groups, [])
    subnets = [subnet["SubnetIdentifier"] for subnet in described["Subnets"]]
    return NetworkInterface(f"the database {name}", groups, subnets)
