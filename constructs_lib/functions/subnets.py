"""Where a function, a database or a cache may stand in a VPC: never in a public subnet."""

from aws_cdk import aws_ec2 as ec2

from constructs_lib.arguments import InvalidArgument

_SOURCE = "Giving Lambda functions access to resources in an Amazon VPC; Working with a DB instance in a VPC"


def private_subnets(vpc: ec2.IVpc, wanted: ec2.SubnetSelection | None = None) -> ec2.SubnetSelection:
    """Choose a VPC's isolated subnets if it has them, else its private ones with egress; or check what is wanted.

    Raises:
        InvalidArgument: the VPC has neither, or public subnets are wanted.
    """
    if wanted is not None:
        if selected(vpc, wanted).has_public:
            raise InvalidArgument("subnets", "be isolated or private, never public", wanted, _SOURCE)
        return wanted
    if vpc.isolated_subnets:
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    if vpc.private_subnets:
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    raise InvalidArgument("vpc", "have isolated or private subnets", vpc.node.path, _SOURCE)


def selected(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> ec2.SelectedSubnets:
    """Return the subnets of a VPC that a selection names."""
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    )
