"""The names that an API answers under, and whether it answers anywhere else."""

from collections.abc import Sequence

import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IValidation

from constructs_lib.api.custom_domain import CustomDomain
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.endpoint import Endpoint
from constructs_lib.api.private_access import PrivateAccess
from constructs_lib.arguments import InvalidArgument

_SOURCE = "Disable the default endpoint for REST APIs"


class Names:
    """The custom domains that were added so far; their parts are made in the scope of their API."""

    def __init__(
        self, scope: Construct, *, api: apigateway.RestApi, endpoint: Endpoint, access: PrivateAccess | None
    ) -> None:
        """Begin without any."""
        self._scope, self._api, self._endpoint = scope, api, endpoint
        self._vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint] = access.vpc_endpoints if access else ()
        self.domains: list[CustomDomain] = []
        self._known: list[ApiDomain] = []
        scope.node.add_validation(_SomeAddress(endpoint, self.domains))

    def add(self, domain: ApiDomain, id: str | None = None) -> CustomDomain:
        """Add a name; `ProtectedApi.add_domain` says what is refused."""
        if domain.mutual_tls and self._endpoint.has_default_address:
            rule = "stand beside no other way in: close the API's default address by default_endpoint=False"
            raise InvalidArgument("mutual_tls", rule, domain.name, _SOURCE)
        if any(bool(domain.mutual_tls) != bool(known.mutual_tls) for known in self._known):
            rule = "be asked for by all names of an API or by none, because a name without it is a way round"
            raise InvalidArgument("mutual_tls", rule, domain.name, _SOURCE)
        added = CustomDomain(
            self._scope,
            id or f"Domain{domain.name}{domain.base_path or ''}",
            domain=domain,
            api=self._api,
            endpoint=self._endpoint.kind,
            vpc_endpoints=self._vpc_endpoints,
        )
        self.domains.append(added)
        self._known.append(domain)
        return added

    @property
    def addresses(self) -> list[str]:
        """Where the API is reached under its names, but for wildcards, which are no addresses."""
        return [domain.url for domain in self.domains if "*" not in domain.url]


@jsii.implements(IValidation)
class _SomeAddress:
    """A name may be added after the API is made."""

    def __init__(self, endpoint: Endpoint, domains: Sequence[CustomDomain]) -> None:
        self._endpoint, self._domains = endpoint, domains

    def validate(self) -> list[str]:
        if self._endpoint.has_default_address or self._domains:
            return []
        return ["The API has no address: default_endpoint is False, and there is no domain."]
