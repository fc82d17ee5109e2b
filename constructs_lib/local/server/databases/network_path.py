"""Whether the security groups let one thing in a VPC reach another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """Something in a VPC: what a sentence calls it, its security groups, and its subnets."""

    name: str
    security_groups: list[str]
    subnets: list[str]


def closed_end(ec2: Any, source: NetworkInterface, destination: NetworkInterface, port: int) -> str | None:
    """Tell which end keeps ``source`` from reaching ``destination`` on a TCP port, or nothing if the path is open."""
    groups = ec2.describe_security_groups(GroupIds=[*source.security_groups, *destination.security_groups])
    by_id = {group["GroupId"]: group for group in groups["SecurityGroups"]}

    def admits(side: NetworkInterface, rules: str, peer: NetworkInterface) -> bool:
        blocks = [subnet["CidrBlock"] for subnet in ec2.describe_subnets(SubnetIds=peer.subnets)["Subnets"]]
        allowed = (rule for group in side.security_groups for rule in by_id[group][rules])
        return any(_covers(rule, port, peer.security_groups, blocks) for rule in allowed)

    if not admits(source, "IpPermissionsEgress", destination):
        return f"no security group of {source.name} lets it out to {destination.name} on port {port}"
    if not admits(destination, "IpPermissions", source):
        return f"no security group of {destination.name} lets {source.name} in on port {port}"
    return None


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
