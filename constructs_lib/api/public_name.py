"""A name for public APIs in API Gateway, regional or at the edge."""

from typing import cast

from aws_cdk import Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.security_policy import name_of
from constructs_lib.api.weak_reference import certificate_within_reach, fingerprint


def public_name(scope: Construct, *, domain: ApiDomain, certificate: acm.ICertificate) -> apigateway.DomainName:
    """Make a name that answers anyone.

    Args:
        scope: the construct that the name belongs to.
        domain: what the user said of it.
        certificate: the certificate, within reach of the stack.
    """
    name = apigateway.DomainName(
        scope,
        "Name",
        domain_name=domain.name,
        certificate=certificate,
        endpoint_type=apigateway.EndpointType[domain.endpoint.upper()],
        mtls=domain.mutual_tls,
    )
    resource = cast("apigateway.CfnDomainName", name.node.default_child)
    # The construct knows neither all policies nor the second certificate.
    resource.security_policy = name_of(domain.security_policy)
    resource.endpoint_access_mode = domain.endpoint_access_mode and domain.endpoint_access_mode.value
    if domain.ownership_certificate:
        proof = certificate_within_reach(scope, "OwnershipCertificateElsewhere", domain.ownership_certificate)
        resource.ownership_verification_certificate_arn = proof.certificate_arn
        if proof is not domain.ownership_certificate:
            Tags.of(name).add("constructs-lib:ownership-certificate", fingerprint(domain.ownership_certificate))
    return name
