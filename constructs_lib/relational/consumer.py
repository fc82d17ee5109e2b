"""The functions that connect."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from constructs_lib.arguments import InvalidArgument, is_token

_SOURCE = "Using RDS Proxy with AWS Lambda"


def connections_in_vpc(
    function: lambda_.IFunction, vpc_id: str
) -> tuple[ec2.Connections, Sequence[ec2.ISecurityGroup]]:
    """Return the connections of a function that stands in a VPC, as far as that is known before deployment.

    With them come its security groups, since to ask for them crosses into Node once more.

    Raises:
        InvalidArgument: it stands in another VPC, or in none.
    """
    if not function.is_bound_to_vpc:
        raise InvalidArgument("function", "stand in the database's VPC (vpc=...)", function.node.path, _SOURCE)
    connections = function.connections
    groups = connections.security_groups
    for group in groups:
        resource = group.node.default_child
        if isinstance(resource, ec2.CfnSecurityGroup) and _are_different(resource.vpc_id, vpc_id):
            rule = "stand in the database's VPC, not in another one"
            raise InvalidArgument("function", rule, function.node.path, _SOURCE)
    return connections, groups


def _are_different(one: str | None, other: str) -> bool:
    """Compare two VPC ids; of an id and a token it is not known before deployment."""
    return one != other and is_token(one) == is_token(other)
