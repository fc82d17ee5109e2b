"""How a name of an API is found: alias records in its zone."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from constructs import Construct

Family = Literal["ipv4", "ipv6"]


def alias_records(
    scope: Construct,
    name: str,
    *,
    zone: route53.IHostedZone,
    target: route53.IAliasRecordTarget,
    families: Sequence[Family] = ("ipv4", "ipv6"),
) -> list[route53.RecordSet]:
    """Lead a name to a target for clients of each address family."""
    alias = route53.RecordTarget.from_alias(target)
    record = {"ipv4": route53.ARecord, "ipv6": route53.AaaaRecord}
    return [
        record[family](scope, family.capitalize(), zone=zone, record_name=name, target=alias) for family in families
    ]


def families_of(vpc_endpoint: ec2.InterfaceVpcEndpoint) -> Sequence[Family]:
    """List the address families that a VPC endpoint has addresses of: an alias to the other would find none."""
    resource = vpc_endpoint.node.default_child
    kind = resource.ip_address_type if isinstance(resource, ec2.CfnVPCEndpoint) else None
    families: dict[str | None, Sequence[Family]] = {"ipv6": ("ipv6",), "dualstack": ("ipv4", "ipv6")}
    return families.get(kind, ("ipv4",))
