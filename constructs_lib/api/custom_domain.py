"""The parts of a domain in the stack of its API."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from constructs_lib.api.certificate import certificate_of
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.path_mapping import ApiName, path_mapping
from constructs_lib.api.placement import require_placeable
from constructs_lib.api.private_name import association, private_name
from constructs_lib.api.public_name import public_name
from constructs_lib.api.records import alias_records, families_of
from constructs_lib.api.shared_name import first_of_name
from constructs_lib.api.weak_reference import certificate_within_reach, fingerprint, zone_within_reach


class CustomDomain(Construct):
    """A name that an API answers under, over TLS 1.2 or later; made by `ProtectedApi` from an `ApiDomain`.

    Where another API of the app made the name already, all but ``url`` and ``mapping`` is that API's.

    Attributes:
        url: the address of the API under the name.
        certificate: the certificate, wherever it lives.
        domain_name: the name in API Gateway.
        associations: what has each VPC endpoint lead to the name; none for a public name.
        mapping: what leads from the name to the API's stage.
        records: the A and AAAA alias records; none without a zone. To a private name one for each address family that
            its VPC endpoint has.
        target: without a zone, the output that says what the name must point at.
    """

    certificate: acm.ICertificate
    domain_name: ApiName
    associations: list[apigateway.CfnDomainNameAccessAssociation]
    records: list[route53.RecordSet]
    target: CfnOutput | None

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: ApiDomain,
        api: apigateway.RestApi,
        endpoint: str = "regional",
        vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint] = (),
    ) -> None:
        """Make the mapping, and unless the app has it already the name with its certificate and records.

        Args:
            scope: the construct that the domain belongs to.
            id: the construct id.
            domain: what the user said of it.
            api: the API that answers.
            endpoint: the API's own: ``regional``, ``edge`` or ``private``.
            vpc_endpoints: those that lead to a private API.

        Raises:
            InvalidArgument: a domain that the API cannot have; see `require_placeable`.
        """
        require_placeable(scope, domain, endpoint=endpoint, vpc_endpoints=vpc_endpoints)
        super().__init__(scope, id)
        self.url = domain.url
        first = first_of_name(self, domain, vpc_endpoints)
        if first:
            self.certificate, self.domain_name = first.certificate, first.domain_name
            self.associations, self.records, self.target = first.associations, first.records, first.target
        else:
            self.certificate = certificate_of(self, domain)
            self.domain_name = self._name(domain, vpc_endpoints)
            self.associations = self._associations(vpc_endpoints)
            self.records = self._records(domain, vpc_endpoints)
            self.target = None if self.records else self._target(domain.name, vpc_endpoints)
        self.mapping = path_mapping(self, domain=domain, name=self.domain_name, api=api)

    def _name(self, domain: ApiDomain, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]) -> ApiName:
        certificate = certificate_within_reach(self, "CertificateElsewhere", self.certificate)
        name: ApiName
        if domain.endpoint == "private":
            name = private_name(self, domain=domain, certificate=certificate, vpc_endpoints=vpc_endpoints)
        else:
            name = public_name(self, domain=domain, certificate=certificate)
        if certificate is not self.certificate:
            # The reference reads the same before and after a replacement; this tag does not, so the name is updated.
            Tags.of(name).add("constructs-lib:certificate", fingerprint(self.certificate))
        return name

    def _associations(
        self, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]
    ) -> list[apigateway.CfnDomainNameAccessAssociation]:
        if not isinstance(self.domain_name, apigateway.CfnDomainNameV2):
            return []
        return [association(self, self.domain_name, vpc_endpoint) for vpc_endpoint in vpc_endpoints]

    def _records(
        self, domain: ApiDomain, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]
    ) -> list[route53.RecordSet]:
        """Lead the name to the endpoint for clients of each address family that it has."""
        if not domain.zone:
            return []
        zone = zone_within_reach(self, "Zone", domain.zone)
        if isinstance(self.domain_name, apigateway.DomainName):
            return alias_records(self, domain.name, zone=zone, target=targets.ApiGatewayDomain(self.domain_name))
        # With a zone there is one VPC endpoint, and its resource is in the app: `require_placeable` saw to it.
        vpc_endpoint = cast("ec2.InterfaceVpcEndpoint", vpc_endpoints[0])
        target = targets.InterfaceVpcEndpointTarget(vpc_endpoint)
        return alias_records(self, domain.name, zone=zone, target=target, families=families_of(vpc_endpoint))

    def _target(self, name: str, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]) -> CfnOutput:
        """Tell whoever keeps the name's DNS where it must lead."""
        if isinstance(self.domain_name, apigateway.DomainName):
            value = self.domain_name.domain_name_alias_domain_name
            return CfnOutput(self, "Target", value=value, description=f"Point {name} at this name (CNAME, or an alias)")
        value = ",".join(endpoint.vpc_endpoint_id for endpoint in vpc_endpoints)
        description = f"Point {name}, within each VPC, at the DNS name of its VPC endpoint (CNAME, or an alias)"
        return CfnOutput(self, "Target", value=value, description=description)
