"""The names of an app's APIs: which of them is whose to make, and which paths under it are taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Stack, Stage
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.security_policy import name_of
from constructs_lib.arguments import InvalidArgument
from constructs_lib.quotas import API_GATEWAY_BASE_PATH_LENGTH

if TYPE_CHECKING:
    from constructs_lib.api.custom_domain import CustomDomain

_SOURCE = "Custom domain name for REST APIs in API Gateway"
_MARK = "ApiDomains of constructs_lib"
_UNKNOWN = "unknown-region"
_ENDPOINTS = "API endpoint types for REST APIs in API Gateway"
_MAPPINGS = API_GATEWAY_BASE_PATH_LENGTH.source


@dataclass(frozen=True, slots=True)
class _Use:
    """A name that an API answers under."""

    domain: ApiDomain
    environment: str
    vpc_endpoints: tuple[str, ...]
    by: CustomDomain

    @property
    def is_private(self) -> bool:
        """Whether it is a name of private APIs, which may also be a public one's."""
        return self.domain.endpoint == "private"

    def shares_with(self, domain: ApiDomain, scope: Construct) -> bool:
        """Tell whether a domain within ``scope`` would be this same name in API Gateway."""
        is_here = self.environment == Stack.of(scope).environment
        return is_here and self.is_private == (domain.endpoint == "private")


class _Uses(Construct):
    """A mark in the app, with the uses of each name in the order in which they were asked for."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, _MARK)
        self.of_names: dict[str, list[_Use]] = {}


def require_shareable(scope: Construct, domain: ApiDomain, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]) -> None:
    """Raise `InvalidArgument` where a domain does not go with what the app says of the same name elsewhere."""
    for use in _uses_of(domain.name, scope):
        if use.shares_with(domain, scope):
            _require_alike(use, domain, vpc_endpoints)
        else:
            _require_apart(use, domain, Stack.of(scope).environment)


def first_of_name(
    domain_of: CustomDomain, domain: ApiDomain, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]
) -> CustomDomain | None:
    """Take a path under a name, and return who made the name; None if that is for ``domain_of`` to do."""
    uses = _uses_of(domain.name, domain_of)
    first = next((use.by for use in uses if use.shares_with(domain, domain_of)), None)
    uses.append(_Use(domain, Stack.of(domain_of).environment, _ids(vpc_endpoints), domain_of))
    return first


def _uses_of(name: str, scope: Construct) -> list[_Use]:
    stack = Stack.of(scope)
    app = Stage.of(stack) or stack
    mark = app.node.try_find_child(_MARK)
    uses = mark if isinstance(mark, _Uses) else _Uses(app)
    return uses.of_names.setdefault(name, [])


def _require_alike(use: _Use, domain: ApiDomain, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]) -> None:
    """Refuse two opinions of one name, and two APIs in one place."""
    maker = use.by.node.path
    before, now = _said_of(use.domain), _said_of(domain)
    for argument, value in now.items():
        if value != before[argument]:
            rule = f"be what {maker} says it is, because {domain.name} is one name for all its APIs"
            raise InvalidArgument(argument, rule, getattr(domain, argument), _SOURCE)
    if _ids(vpc_endpoints) != use.vpc_endpoints:
        rule = f"be those of {maker}, because {domain.name} lets in the same for all its APIs"
        raise InvalidArgument("vpc_endpoints", rule, [each.node.path for each in vpc_endpoints], _SOURCE)
    if domain.base_path == use.domain.base_path:
        rule = f"be another than that of {maker}, which answers at {use.domain.url}"
        raise InvalidArgument("base_path", rule, domain.base_path, _MAPPINGS)


def _require_apart(use: _Use, domain: ApiDomain, environment: str) -> None:
    """Refuse a public name that is there already, for all accounts, and a second lead to it in one zone."""
    is_public = domain.endpoint != "private" and not use.is_private
    region = environment.rpartition("/")[2]
    is_near = region == use.environment.rpartition("/")[2] != _UNKNOWN
    if is_public and (is_near or domain.endpoint == use.domain.endpoint == "edge"):
        rule = f"be another than that of {use.by.node.path}: a name is one in a region, and at the edge one in all"
        raise InvalidArgument("name", rule, domain.name, _ENDPOINTS)
    here, there = domain.zone, use.domain.zone
    if here and there and here.hosted_zone_id == there.hosted_zone_id:
        rule = (
            f"be left out, because its records of {domain.name} lead to {use.by.node.path}: have records that choose "
            "by region or latency lead to the targets of both"
        )
        raise InvalidArgument("zone", rule, here.node.path, _SOURCE)


def _said_of(domain: ApiDomain) -> dict[str, object]:
    """Say all that makes a name what it is, as values that compare."""
    tls = domain.mutual_tls
    return {
        "endpoint": domain.endpoint,
        "zone": domain.zone and domain.zone.hosted_zone_id,
        "certificate": domain.certificate and domain.certificate.certificate_arn,
        "security_policy": name_of(domain.security_policy),
        "endpoint_access_mode": domain.endpoint_access_mode,
        "mutual_tls": tls and (tls.bucket.bucket_name, tls.key, tls.version),
        "ownership_certificate": domain.ownership_certificate and domain.ownership_certificate.certificate_arn,
    }


def _ids(vpc_endpoints: Iterable[ec2.IInterfaceVpcEndpoint]) -> tuple[str, ...]:
    return tuple(sorted(endpoint.vpc_endpoint_id for endpoint in vpc_endpoints))
