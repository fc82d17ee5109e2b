"""The parts of a domain in the stack of its API."""

from aws_cdk import CfnOutput, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from constructs_lib.api.certificate import certificate_of
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.weak_reference import certificate_within_reach, fingerprint, zone_within_reach


class CustomDomain(Construct):
    """A name that an API answers under, over TLS 1.2 or later; made by `ProtectedApi` from an `ApiDomain`.

    Attributes:
        url: the address of the API under the name.
        certificate: the certificate, wherever it lives.
        domain_name: the name in API Gateway.
        mapping: what leads from the name to the API's stage.
        records: the A and AAAA alias records; none without a zone.
        target: without a zone, the output that says what the name must point at.
    """

    def __init__(self, scope: Construct, id: str, *, domain: ApiDomain, api: apigateway.RestApi) -> None:
        """Make the name and its mapping, and with a zone its certificate and records.

        Args:
            scope: the construct that the domain belongs to.
            id: the construct id.
            domain: what the user said of it.
            api: the API that answers.
        """
        super().__init__(scope, id)
        self.url = domain.url
        self.certificate = certificate_of(self, domain)
        near_certificate = certificate_within_reach(self, "CertificateElsewhere", self.certificate)
        self.domain_name = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain.name,
            certificate=near_certificate,
            endpoint_type=apigateway.EndpointType[domain.endpoint.upper()],
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        if near_certificate is not self.certificate:
            # The reference reads the same before and after a replacement; this tag does not, so the name is updated.
            Tags.of(self.domain_name).add("constructs-lib:certificate", fingerprint(self.certificate))
        self.mapping = apigateway.BasePathMapping(
            self, "Mapping", domain_name=self.domain_name, rest_api=api, base_path=domain.base_path
        )
        self.records: list[route53.RecordSet] = []
        self.target: CfnOutput | None = None
        if domain.zone:
            self.records = self._alias_records(domain.name, zone_within_reach(self, "Zone", domain.zone))
        else:
            self.target = self._target(domain.name)

    def _alias_records(self, name: str, zone: route53.IHostedZone) -> list[route53.RecordSet]:
        """Lead the name to the endpoint for clients of both address families."""
        target = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(self.domain_name))
        return [
            route53.ARecord(self, "Ipv4", zone=zone, record_name=name, target=target),
            route53.AaaaRecord(self, "Ipv6", zone=zone, record_name=name, target=target),
        ]

    def _target(self, name: str) -> CfnOutput:
        """Tell whoever keeps the name's DNS where it must lead."""
        return CfnOutput(
            self,
            "Target",
            value=self.domain_name.domain_name_alias_domain_name,
            description=f"Point {name} at this name (CNAME, or an alias)",
        )
