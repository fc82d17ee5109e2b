"""VPCs, and VPC endpoints in them, for the tests of private APIs."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2

ISOLATED = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
WITH_EGRESS = ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]


def imported_vpc(
    stack: Stack, *, isolated: list[str] | None = ISOLATED, with_egress: list[str] | None = None
) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        isolated_subnet_ids=isolated,
        private_subnet_ids=with_egress,
    )


def imported_endpoint(
    stack: Stack, digit: str = "0", *, group: str | None = "sg-0123456789abcdef0"
) -> ec2.IInterfaceVpcEndpoint:
    return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack,
        f"Endpoint{digit}",
        vpc_endpoint_id=f"vpce-0123456789abcdef{digit}",
        port=443,
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, f"GroupOf{digit}", group)] if group else [],
    )
