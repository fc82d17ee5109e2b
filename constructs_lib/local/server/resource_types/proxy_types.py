"""CloudFormation's proxy types: made through the emulator's API, and served by the local RDS Proxy."""

from constructs_lib.local.server.databases.database_proxy import DatabaseProxy
from constructs_lib.local.server.databases.databases import Databases
from constructs_lib.local.server.databases.postgres_endpoint import PORT, PostgresEndpoint
from constructs_lib.local.server.emulator import current_region, register_resource_type, set_proxy_endpoint
from constructs_lib.local.server.resource_types.api_type import Client, call
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties

_CANNOT_CHANGE = ("DBProxyName", "EngineFamily", "VpcSubnetIds")


class Proxy:
    """``AWS::RDS::DBProxy``, with an endpoint where it listens."""

    def __init__(self, client: Client, databases: Databases) -> None:
        """Make proxies by ``client``, before ``databases``."""
        self._client = client
        self._databases = databases
        self._endpoints: dict[tuple[str, str], PostgresEndpoint] = {}

    def create(self, declared: Declaration) -> Created:
        """Make it and open its endpoint; for another engine than PostgreSQL it is only recorded."""
        proxy = call(self._client("rds"), "create_db_proxy", declared.properties)["DBProxy"]
        name = proxy["DBProxyName"]
        if proxy["EngineFamily"] == "POSTGRESQL":
            self._open(name, require_tls=proxy["RequireTLS"])
        return self._created(name)

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it in place, unless what changes is what a proxy is made with."""
        new = declared.properties
        if any(old.get(name) != new.get(name) for name in _CANNOT_CHANGE):
            self.delete(physical_id, old)
            return self.create(declared)
        groups = new.get("VpcSecurityGroupIds", [])
        proxy = call(self._client("rds"), "modify_db_proxy", new, SecurityGroups=groups)["DBProxy"]
        if endpoint := self._endpoints.get((current_region(), physical_id)):
            endpoint.require_tls = proxy["RequireTLS"]
        return self._created(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - its name is enough
        """Close its endpoint and remove it."""
        if endpoint := self._endpoints.pop((current_region(), physical_id), None):
            self._databases.close_endpoint(endpoint)
        self._client("rds").delete_db_proxy(DBProxyName=physical_id)

    def _open(self, name: str, *, require_tls: bool) -> None:
        endpoint = self._databases.reserve_endpoint(PORT, require_tls=require_tls)
        proxy = DatabaseProxy(name, endpoint.address, self._client, self._databases.socket)
        self._databases.open_endpoint(endpoint, proxy.serve)
        set_proxy_endpoint(name, endpoint.address)
        self._endpoints[current_region(), name] = endpoint

    def _created(self, name: str) -> Created:
        proxy = self._client("rds").describe_db_proxies(DBProxyName=name)["DBProxies"][0]
        return name, {attribute: proxy[attribute] for attribute in ("DBProxyArn", "Endpoint", "VpcId")}


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
    register_resource_type("AWS::RDS::DBProxy", Proxy(client, databases))
    register_resource_type("AWS::RDS::DBProxyTargetGroup", ProxyTargetGroup(client))
