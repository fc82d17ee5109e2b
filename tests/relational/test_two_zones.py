"""RDS Proxy stands in two availability zones: whichever subnets are taken are counted by their zones."""

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from constructs_lib import InvalidArgument
from constructs_lib.testing import template_of
from tests.relational.databases import PROXY, database
from tests.statements import only


@pytest.mark.parametrize("kind", [ec2.SubnetType.PRIVATE_ISOLATED, ec2.SubnetType.PRIVATE_WITH_EGRESS])
def test_one_zone_is_refused(kind: ec2.SubnetType) -> None:
    stack = Stack(App(), "Refused", env={"account": "123456789012", "region": "eu-central-1"})  # else zones are tokens
    with pytest.raises(InvalidArgument, match="vpc must have such subnets in two availability zones"):
        database(stack, vpc(stack, kind, zones=1))


@pytest.mark.parametrize("kind", [ec2.SubnetType.PRIVATE_ISOLATED, ec2.SubnetType.PRIVATE_WITH_EGRESS])
def test_two_zones_will_do(kind: ec2.SubnetType) -> None:
    stack = Stack(App(), "Data")
    database(stack, vpc(stack, kind, zones=2))
    assert len(only(template_of(stack), PROXY)["VpcSubnetIds"]) == 4


def vpc(stack: Stack, kind: ec2.SubnetType, *, zones: int) -> ec2.Vpc:
    """Make a VPC with two such subnets in each zone: it is the zones that count, not the subnets."""
    subnets = [ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)]
    subnets += [ec2.SubnetConfiguration(name=name, subnet_type=kind) for name in ("One", "Other")]
    return ec2.Vpc(stack, "Vpc", max_azs=zones, nat_gateways=1, subnet_configuration=subnets)
