"""The functions that reach into a VPC: they must stand in it."""

from collections.abc import Sequence

from aws_cdk import Reference, Tokenization
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from constructs_lib.arguments import InvalidArgument, is_token


def connections_in_vpc(
    function: lambda_.IFunction, vpc_id: str, *, of: str, source: str
) -> tuple[ec2.Connections, Sequence[ec2.ISecurityGroup]]:
    """Return the connections of a function that stands in a VPC, as far as that is known before deployment.

    With them come its security groups, since to ask for them crosses into Node once more.

    Args:
        function: the function.
        vpc_id: where it must stand.
        of: whose VPC that is, for the error: ``the cluster``.
        source: where AWS says so.

    Raises:
        InvalidArgument: it stands in another VPC, or in none.
    """
    if not function.is_bound_to_vpc:
        raise InvalidArgument("function", f"stand in {of}'s VPC (vpc=...)", function.node.path, source)
    connections = function.connections
    groups = connections.security_groups
    for group in groups:
        resource = group.node.default_child
        if isinstance(resource, ec2.CfnSecurityGroup) and _are_different(resource.vpc_id, vpc_id):
            raise InvalidArgument("function", f"stand in {of}'s VPC, not in another one", function.node.path, source)
    return connections, groups


def _are_different(one: str | None, other: str) -> bool:
    """Tell whether two ids are known to be of two VPCs; of a parameter nothing is known before deployment."""
    return one is not None and one != other and _is_known(one) and _is_known(other)


def _is_known(vpc_id: str) -> bool:
    if not is_token(vpc_id):
        return True
    token = Tokenization.reverse_string(vpc_id).first_token
    return isinstance(token, Reference) and isinstance(token.target, ec2.CfnVPC)
