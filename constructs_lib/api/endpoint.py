"""Where an API answers: in its region, at the nearest edge, or within VPCs only."""

from dataclasses import dataclass
from typing import Literal, get_args

from aws_cdk import aws_ec2 as ec2

from constructs_lib.arguments import InvalidArgument, require, require_one_of

Kind = Literal["regional", "edge", "private"]

_SOURCE = "API endpoint types for REST APIs in API Gateway"
_SERVICE = "execute-api"

# The defaults of public APIs take TLS 1.0. Each of these takes TLS 1.2 and 1.3, that for the edge with forward secrecy
# only (Supported security policies).
_SECURITY_POLICIES: dict[Kind, str] = {
    "regional": "SecurityPolicy_TLS13_1_2_2021_06",
    "edge": "SecurityPolicy_TLS12_PFS_2025_EDGE",
    "private": "SecurityPolicy_TLS13_1_2_2021_06",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What the user of an API says of where it answers; see `ProtectedApi` for the meaning of each.

    Raises:
        InvalidArgument: another kind; a VPC or VPC endpoints of an API that is not private; a private one with neither
            or both; a VPC endpoint of another service.
    """

    kind: Kind = "regional"
    vpc: ec2.IVpc | None = None
    vpc_endpoints: tuple[ec2.IInterfaceVpcEndpoint, ...] = ()
    has_default_address: bool = True

    def __post_init__(self) -> None:
        """Check what was said."""
        require_one_of("endpoint", self.kind, get_args(Kind), _SOURCE)
        for name, given in (("vpc", self.vpc is not None), ("vpc_endpoints", bool(self.vpc_endpoints))):
            require(not given or self.is_private, name, "be left out unless endpoint is private", self.kind, _SOURCE)
        if self.is_private and (self.vpc is None) != bool(self.vpc_endpoints):
            rule = "be made in vpc, or be given as vpc_endpoints: one of the two for a private API"
            raise InvalidArgument("vpc_endpoints", rule, "both" if self.vpc else "neither", _SOURCE)
        for endpoint in self.vpc_endpoints:
            _require_execute_api(endpoint)

    @property
    def is_private(self) -> bool:
        """Whether only VPC endpoints lead to the API."""
        return self.kind == "private"

    @property
    def security_policy(self) -> str:
        """The least that the API speaks: TLS 1.2."""
        return _SECURITY_POLICIES[self.kind]


def _require_execute_api(endpoint: ec2.IInterfaceVpcEndpoint) -> None:
    """Raise `InvalidArgument` for an endpoint of another service; of an imported one nothing is known."""
    resource = endpoint.node.default_child
    service = resource.service_name if isinstance(resource, ec2.CfnVPCEndpoint) else None
    if service and _SERVICE not in service:
        rule = "be of API Gateway (execute-api), which leads to private APIs"
        raise InvalidArgument("vpc_endpoints", rule, f"{endpoint.node.path} of {service}", _SOURCE)
