"""CloudFormation's proxy types: made through the emulator's API, and served by the local RDS Proxy."""

from constructs_lib.local.server.databases.database_proxy import DatabaseProxy
from constructs_lib.local.server.databases.databases import Databases
from constructs_lib.local.server.databases.postgres_endpoint import PORT, PostgresEndpoint
from constructs_lib.local.server.emulator import (
    current_region,
    forget_proxy_secrets,
    register_resource_type,
    set_proxy_endpoint,
)
from constructs_lib.local.server.resource_types.api_type import Client, call
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties

_CANNOT_CHANGE = ("DBProxyName", "EngineFamily", "VpcSubnetIds")
_CANNOT_CHANGE_OF_ENDPOINT = ("DBProxyEndpointName", "DBProxyName", "TargetRole", "VpcSubnetIds")


class ProxyDoors:
    """Where proxies listen: each endpoint of each is a local RDS Proxy on an address of its own."""

    def __init__(self, client: Client, databases: Databases) -> None:
        """Open doors to ``databases``, for proxies that ``client`` tells of."""
        self._client = client
        self._databases = databases
        self._open: dict[tuple[str, str], PostgresEndpoint] = {}

    def open(self, proxy: str, endpoint: str) -> None:
        """Listen at an endpoint of a proxy."""
        door = self._databases.reserve_endpoint(PORT)
        served = DatabaseProxy(proxy, endpoint, door.address, self._client, self._databases.server)
        self._databases.open_endpoint(door, served.serve)
        set_proxy_endpoint(endpoint, door.address)
        self._open[current_region(), endpoint] = door

    def close(self, endpoint: str) -> None:
        """Listen no more at an endpoint."""
        if door := self._open.pop((current_region(), endpoint), None):
            self._databases.close_endpoint(door)


class Proxy:
    """``AWS::RDS::DBProxy``, with an endpoint where it listens."""

    def __init__(self, client: Client, doors: ProxyDoors) -> None:
        """Make proxies by ``client``."""
        self._client = client
        self._doors = doors

    def create(self, declared: Declaration) -> Created:
        """Make it and open its endpoint; for another engine than PostgreSQL it is only recorded."""
        proxy = call(self._client("rds"), "create_db_proxy", declared.properties)["DBProxy"]
        name = proxy["DBProxyName"]
        if proxy["EngineFamily"] == "POSTGRESQL":
            self._doors.open(name, name)
        return self._created(name)

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it in place, unless what changes is what a proxy is made with."""
        new = declared.properties
        if any(old.get(name) != new.get(name) for name in _CANNOT_CHANGE):
            self.delete(physical_id, old)
            return self.create(declared)
        groups = new.get("VpcSecurityGroupIds", [])
        scheme = new.get("DefaultAuthScheme", "NONE")
        call(self._client("rds"), "modify_db_proxy", new, SecurityGroups=groups, DefaultAuthScheme=scheme)
        if not new.get("Auth"):
            forget_proxy_secrets(physical_id)
        return self._created(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - its name is enough
        """Close its endpoint and remove it."""
        self._doors.close(physical_id)
        self._client("rds").delete_db_proxy(DBProxyName=physical_id)

    def _created(self, name: str) -> Created:
        proxy = self._client("rds").describe_db_proxies(DBProxyName=name)["DBProxies"][0]
        return name, {attribute: proxy[attribute] for attribute in ("DBProxyArn", "Endpoint", "VpcId")}


class ProxyEndpoint:
    """``AWS::RDS::DBProxyEndpoint``: another endpoint of a proxy, such as one to read only."""

    def __init__(self, client: Client, doors: ProxyDoors) -> None:
        """Make endpoints by ``client``."""
        self._client = client
        self._doors = doors

    def create(self, declared: Declaration) -> Created:
        """Make it and open it, if its proxy is one to PostgreSQL."""
        rds = self._client("rds")
        endpoint = call(rds, "create_db_proxy_endpoint", declared.properties)["DBProxyEndpoint"]
        name, proxy = endpoint["DBProxyEndpointName"], endpoint["DBProxyName"]
        if rds.describe_db_proxies(DBProxyName=proxy)["DBProxies"][0]["EngineFamily"] == "POSTGRESQL":
            self._doors.open(proxy, name)
        return self._created(name)

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change its security groups in place; whatever else changes makes it anew."""
        if any(old.get(name) != declared.properties.get(name) for name in _CANNOT_CHANGE_OF_ENDPOINT):
            self.delete(physical_id, old)
            return self.create(declared)
        call(self._client("rds"), "modify_db_proxy_endpoint", declared.properties)
        return self._created(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - its name is enough
        """Close it and remove it."""
        self._doors.close(physical_id)
        self._client("rds").delete_db_proxy_endpoint(DBProxyEndpointName=physical_id)

    def _created(self, name: str) -> Created:
        rds = self._client("rds")
        endpoint = rds.describe_db_proxy_endpoints(DBProxyEndpointName=name)["DBProxyEndpoints"][0]
        told = {attribute: endpoint[attribute] for attribute in ("DBProxyEndpointArn", "Endpoint", "VpcId")}
        return name, told | {"IsDefault": str(endpoint["IsDefault"]).lower()}


class ProxyTargetGroup:
    """``AWS::RDS::DBProxyTargetGroup``: which database a proxy leads to, and by how many connections."""

    def __init__(self, client: Client) -> None:
        """Register targets by ``client``."""
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Register the targets."""
        rds, properties = self._client("rds"), declared.properties
        call(rds, "register_db_proxy_targets", properties)
        pool = properties.get("ConnectionPoolConfigurationInfo", {})
        group = call(rds, "modify_db_proxy_target_group", properties, ConnectionPoolConfig=pool)["DBProxyTargetGroup"]
        return group["TargetGroupArn"], {"TargetGroupArn": group["TargetGroupArn"]}

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Register the targets as they are now."""
        self.delete(physical_id, old)
        return self.create(declared)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - it has no life of its own
        """Deregister the targets."""
        call(self._client("rds"), "deregister_db_proxy_targets", properties)


def register_proxy_types(client: Client, databases: Databases) -> None:
    """Teach CloudFormation these types."""
    doors = ProxyDoors(client, databases)
    register_resource_type("AWS::RDS::DBProxy", Proxy(client, doors))
    register_resource_type("AWS::RDS::DBProxyEndpoint", ProxyEndpoint(client, doors))
    register_resource_type("AWS::RDS::DBProxyTargetGroup", ProxyTargetGroup(client))
