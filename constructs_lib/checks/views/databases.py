"""Databases and the proxies before them, as rules ask for them."""

from collections import defaultdict
from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.resource import Resource

CLUSTER, INSTANCE = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"
PROXY, ENDPOINT = "AWS::RDS::DBProxy", "AWS::RDS::DBProxyEndpoint"

_POOLED = ("aurora", "mariadb", "mysql", "postgres", "sqlserver")
"""How the names of the engines begin that RDS Proxy knows."""
_PROXY_PORTS = {"POSTGRESQL": 5432.0, "MYSQL": 3306.0, "SQLSERVER": 1433.0}
"""By engine family; a proxy has no other."""
_INSTANCE_PORTS = {"postgres": 5432.0, "mysql": 3306.0, "mariadb": 3306.0}


def databases(assembly: Assembly) -> Iterator[Resource]:
    """Give the clusters, and the instances that are of none: their network is their own."""
    yield from assembly.of_type(CLUSTER)
    yield from (each for each in assembly.of_type(INSTANCE) if each.at("DBClusterIdentifier").missing)


def groups_of(listener: Resource) -> Place:
    """Give the list of the security groups of a database, a proxy or a proxy's endpoint."""
    return listener.at("VPCSecurityGroups" if listener.type == INSTANCE else "VpcSecurityGroupIds")


def port_of(listener: Resource) -> float | None:
    """Give the port that a database or a proxy listens on, where the template or the documentation says it."""
    if listener.type == PROXY:
        return _PROXY_PORTS.get(listener.at("EngineFamily").text or "")
    port, engine = listener.at("Port"), listener.at("Engine").text or ""
    if not port.missing:
        return port.number
    # Of a cluster's default port, the documentation and RDS say different things.
    return _INSTANCE_PORTS.get(engine) if listener.type == INSTANCE else None


def can_have_proxy(database: Resource) -> bool:
    """Whether RDS Proxy surely knows the engine."""
    is_old_serverless = database.at("EngineMode").text not in (None, "provisioned")
    return (database.at("Engine").text or "").startswith(_POOLED) and not is_old_serverless


def targets_of_proxies(assembly: Assembly) -> dict[Resource, list[Resource]]:
    """Give the databases behind each proxy."""
    found: dict[Resource, list[Resource]] = defaultdict(list)
    for group in assembly.of_type("AWS::RDS::DBProxyTargetGroup"):
        proxy = group.at("DBProxyName").target(PROXY)
        named = [*group.at("DBClusterIdentifiers").items, *group.at("DBInstanceIdentifiers").items]
        if proxy is not None:
            found[proxy].extend(database for each in named if (database := each.target(CLUSTER, INSTANCE)) is not None)
    return found


def is_private(database: Resource, instances: list[Resource]) -> bool:
    """Whether a proxy or a database is surely out of reach of the internet.

    Args:
        database: a proxy, a cluster or an instance.
        instances: those of the cluster; none of another.
    """
    if database.type == PROXY:
        return True
    group = database.at("DBSubnetGroupName").target("AWS::RDS::DBSubnetGroup")
    # With an address or without, nothing comes into a subnet that no gateway leads to.
    is_shut = group is not None and database.stack.assembly.network.are_private(group.at("SubnetIds"))
    parts = instances if database.type == CLUSTER and instances else [database]
    settings = [part.at("PubliclyAccessible") for part in parts]
    return all(setting.flag is False or (setting.missing and is_shut) for setting in settings)
