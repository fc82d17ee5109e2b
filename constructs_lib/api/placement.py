"""Where a domain of an API can be: beside which API, and where its certificate is, its zone and its other APIs."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.api.certificate import require_in_reach
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.shared_name import require_shareable
from constructs_lib.arguments import InvalidArgument

_SOURCE = "Custom domain names for private APIs in API Gateway"


def require_placeable(
    scope: Construct,
    domain: ApiDomain,
    *,
    endpoint: str = "regional",
    vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint] = (),
) -> None:
    """Raise `InvalidArgument` where an API within ``scope`` cannot have a domain.

    That is a private name for a public API or the other way round, a zone for a private name whose records could not
    lead to its VPC endpoint, a certificate for other names or in another region than the endpoint reads, a stack whose
    region must be known for the certificate to be placed and is not, a zone that would be made after the certificate
    that it proves, a name of which the app says something else elsewhere, or a path under it that is another API's.

    Args:
        scope: what the API belongs to.
        domain: what the user said of the domain.
        endpoint: the API's own.
        vpc_endpoints: those that lead to a private API; none while they are still to be made.
    """
    if (endpoint == "private") != (domain.endpoint == "private"):
        rule = f"be {'private' if endpoint == 'private' else 'regional or edge'} beside an API that is {endpoint}"
        raise InvalidArgument("endpoint", rule, domain.endpoint, _SOURCE)
    if domain.endpoint == "private" and domain.zone:
        _require_one_way(vpc_endpoints)
    require_in_reach(scope, domain)
    require_shareable(scope, domain, vpc_endpoints)


def _require_one_way(vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]) -> None:
    """Refuse a zone whose records could not lead to the VPC endpoint."""
    if len(vpc_endpoints) > 1:
        rule = "be left out with several VPC endpoints: a name leads to one, so each VPC wants a zone and records"
        raise InvalidArgument("zone", rule, [each.node.path for each in vpc_endpoints], _SOURCE)
    for vpc_endpoint in vpc_endpoints:
        if not isinstance(vpc_endpoint, ec2.InterfaceVpcEndpoint):
            rule = "be left out with an imported VPC endpoint, because its DNS name is not known"
            raise InvalidArgument("zone", rule, vpc_endpoint.node.path, _SOURCE)
