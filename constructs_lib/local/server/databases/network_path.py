"""Whether the security groups let one thing in a VPC reach another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from constructs_lib.local.server.databases.postgres_endpoint import RefusedError

_ANYWHERE = "0.0.0.0/0"
_HTTPS = 443


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """Something in a VPC: what a sentence calls it, its security groups, and its subnets."""

    name: str
    security_groups: list[str]
    subnets: list[str]


def require_path(ec2: Any, source: NetworkInterface, destination: NetworkInterface, port: int) -> None:
    """Refuse a client that could not reach where it is."""
    if reason := closed_end(ec2, source, destination, port):
        raise RefusedError(f"{reason} (on AWS this connection would time out)", "08001")


def closed_end(ec2: Any, source: NetworkInterface, destination: NetworkInterface, port: int) -> str | None:
    """Tell which end keeps ``source`` from reaching ``destination`` on a TCP port, or nothing if the path is open."""
    if not (source.subnets and destination.subnets):
        return None  # One of them is in the default VPC, of which nothing is known here.
    if not _admits(ec2, source, "IpPermissionsEgress", destination.security_groups, _blocks(ec2, destination), port):
        return f"no security group of {source.name} lets it out to {destination.name} on port {port}"
    if not _admits(ec2, destination, "IpPermissions", source.security_groups, _blocks(ec2, source), port):
        return f"no security group of {destination.name} lets {source.name} in on port {port}"
    return None


def closed_way_to_service(ec2: Any, source: NetworkInterface, service: str, *, private_names: bool) -> str | None:
    """Tell what keeps ``source`` from calling an AWS service, or nothing: by its interface endpoint, or a NAT gateway.

    Where an endpoint has taken the service's name, all that asks the VPC's own DNS (``private_names``) goes there only.
    """
    if not source.subnets:
        return None  # It is in the default VPC.
    endpoint = _endpoint(ec2, source, service)
    if endpoint and private_names:
        return closed_end(ec2, source, endpoint, _HTTPS)
    if not all(_leads_out(ec2, subnet) for subnet in source.subnets):
        if endpoint:
            return f"{source.name} does not find {endpoint.name}: its parameter rds.custom_dns_resolution is not 1"
        return f"the subnets of {source.name} have neither an interface endpoint of {service} nor a NAT gateway"
    if not _admits(ec2, source, "IpPermissionsEgress", [], [_ANYWHERE], _HTTPS):
        return f"no security group of {source.name} lets it out on port {_HTTPS}"
    return None


def _endpoint(ec2: Any, source: NetworkInterface, service: str) -> NetworkInterface | None:
    """Find the interface endpoint that has taken a service's name where ``source`` is."""
    vpc = ec2.describe_subnets(SubnetIds=source.subnets[:1])["Subnets"][0]["VpcId"]
    for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        answers = endpoint["VpcId"] == vpc and endpoint["ServiceName"].endswith(f".{service}")
        if answers and endpoint["VpcEndpointType"] == "Interface" and endpoint["PrivateDnsEnabled"]:
            groups = [group["GroupId"] for group in endpoint["Groups"]]
            return NetworkInterface(f"the endpoint of {service}", groups, endpoint["SubnetIds"])
    return None


def _leads_out(ec2: Any, subnet: str) -> bool:
    """Tell whether a subnet has a route to a NAT gateway; the way of an internet gateway is for public addresses."""
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    routes = [route for table in tables["RouteTables"] for route in table["Routes"]]
    return any(route.get("DestinationCidrBlock") == _ANYWHERE and route.get("NatGatewayId") for route in routes)


def _blocks(ec2: Any, side: NetworkInterface) -> list[str]:
    return [subnet["CidrBlock"] for subnet in ec2.describe_subnets(SubnetIds=side.subnets)["Subnets"]]


def _admits(
    ec2: Any, side: NetworkInterface, rules: str, groups: Iterable[str], blocks: Iterable[str], port: int
) -> bool:
    """Tell whether a rule of one side's security groups lets in, or out, a peer."""
    if not side.security_groups:
        return False
    described = ec2.describe_security_groups(GroupIds=side.security_groups)["SecurityGroups"]
    return any(_covers(rule, port, groups, blocks) for group in described for rule in group[rules])


def _covers(rule: Mapping[str, Any], port: int, groups: Iterable[str], blocks: Iterable[str]) -> bool:
    """Tell whether a rule is about this port and this peer."""
    if rule["IpProtocol"] != "-1" and not (
        rule["IpProtocol"] in ("tcp", "6") and rule["FromPort"] <= port <= rule["ToPort"]
    ):
        return False
    if any(pair.get("GroupId") in groups for pair in rule.get("UserIdGroupPairs", [])):
        return True
    ranges = [ip_network(entry["CidrIp"]) for entry in rule.get("IpRanges", [])]
    return any(ip_network(block).subnet_of(allowed) for block in blocks for allowed in ranges)  # type: ignore[arg-type]
