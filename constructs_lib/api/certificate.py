"""The certificate of an API's domain, in the region that the endpoint reads it from, whatever the API's own."""

import re

from aws_cdk import Environment, Stack, Stage
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.weak_reference import is_elsewhere, zone_within_reach
from constructs_lib.arguments import InvalidArgument, is_token, require

EDGE_REGION = "us-east-1"

_SOURCE = "Certificates for custom domain names for REST APIs in API Gateway"
_MUTUAL_TLS = "How to turn on mutual TLS authentication for your REST APIs in API Gateway"
_ARN = re.compile(r"arn:[\w-]+:acm:(?P<region>[\w-]+):\d+:certificate/.+")


def require_in_reach(scope: Construct, domain: ApiDomain) -> None:
    """Raise `InvalidArgument` where an API within ``scope`` cannot have the certificate of a domain.

    That is one in another region than the endpoint reads, one for other names, a stack whose region must be known for
    the certificate to be placed and is not, or a zone that would be made after the certificate that it proves.
    """
    if domain.certificate:
        _require_fit("certificate", domain.certificate, domain, Stack.of(scope).region)
        if domain.mutual_tls and not domain.ownership_certificate:
            _require_public_authority(domain.certificate)
    elif domain.endpoint == "edge":
        _require_way_to_edge_region(scope, domain)
    if domain.ownership_certificate:
        _require_fit("ownership_certificate", domain.ownership_certificate, domain, Stack.of(scope).region)


def certificate_of(scope: Construct, domain: ApiDomain) -> acm.ICertificate:
    """Return the certificate that a domain brings, or make it: beside the API, or where an edge endpoint reads it."""
    if domain.certificate:
        return domain.certificate
    stack = Stack.of(scope)
    if domain.endpoint != "edge" or stack.region == EDGE_REGION:
        return _certificate(scope, "Certificate", domain)
    return _certificate(_edge_stack(stack), domain.name, domain)


def _certificate(scope: Construct, id: str, domain: ApiDomain) -> acm.Certificate:
    zone = zone_within_reach(scope, f"{id}Zone", domain.zone) if domain.zone else None
    return acm.Certificate(
        scope,
        id,
        domain_name=domain.name,
        # The default is the construct's path, and no tag takes the star of a wildcard.
        certificate_name=domain.name.replace("*", "wildcard"),
        validation=acm.CertificateValidation.from_dns(zone),
    )


def _edge_stack(stack: Stack) -> Stack:
    """Return the app's support stack in us-east-1 for an account; the first API that needs it has it made.

    Several apps share an account's stack names, so the support stack is named after the stack of that first API.
    """
    while stack.nested_stack_parent:
        stack = stack.nested_stack_parent
    account = None if is_token(stack.account) else stack.account
    app = Stage.of(stack) or stack
    stack_id = f"EdgeCertificates{account or ''}"
    existing = app.node.try_find_child(stack_id)
    if isinstance(existing, Stack):
        return existing
    return Stack(
        app,
        stack_id,
        stack_name=f"{stack.stack_name[:110]}-EdgeCertificates",
        env=Environment(account=account, region=EDGE_REGION),
        description="Certificates of edge-optimized API domains, which CloudFront reads in us-east-1 alone",
    )


def _require_fit(argument: str, certificate: acm.ICertificate, domain: ApiDomain, api_region: str) -> None:
    needed = EDGE_REGION if domain.endpoint == "edge" else api_region
    actual = _region_of(argument, certificate)
    if actual and actual != needed and not is_token(needed):
        rule = f"be in {needed}, where the {domain.endpoint} endpoint of {domain.name} reads it"
        raise InvalidArgument(argument, rule, f"one in {actual}", _SOURCE)
    names = _names_on(certificate)
    wildcard = f"*.{domain.name.partition('.')[2]}"
    is_on_it = not names or domain.name in names or wildcard in names
    require(is_on_it, argument, f"be one for {domain.name} or {wildcard}", names, _SOURCE)


def _region_of(argument: str, certificate: acm.ICertificate) -> str | None:
    """Say where a certificate is, as far as the app knows."""
    arn = certificate.certificate_arn
    if not is_token(arn):
        match = _ARN.fullmatch(arn)
        if not match:
            raise InvalidArgument(argument, "have the ARN of an ACM certificate", arn, _SOURCE)
        return match["region"]
    # An imported one has no resource here, and the stack that it was imported into says nothing about where it is.
    region = Stack.of(certificate).region if certificate.node.default_child else None
    return None if region is None or is_token(region) else region


def _names_on(certificate: acm.ICertificate) -> list[str]:
    """List the names that a certificate is for; none if it was imported, because nothing is known of it here."""
    resource = certificate.node.default_child
    if not isinstance(resource, acm.CfnCertificate):
        return []
    return [resource.domain_name, *(resource.subject_alternative_names or ())]


def _require_public_authority(certificate: acm.ICertificate) -> None:
    """Refuse what is known to come from a private authority, which proves to nobody outside whose the name is."""
    resource = certificate.node.default_child
    if isinstance(resource, acm.CfnCertificate) and resource.certificate_authority_arn:
        rule = "be given beside mutual_tls and a certificate of a private authority"
        raise InvalidArgument("ownership_certificate", rule, None, _MUTUAL_TLS)


def _require_way_to_edge_region(scope: Construct, domain: ApiDomain) -> None:
    stack = Stack.of(scope)
    if is_token(stack.region):
        rule = (
            f"name the region of the stack {stack.node.path}, because the edge domain {domain.name} has its "
            f"certificate in {EDGE_REGION}: Stack(..., env=Environment(region=...))"
        )
        raise InvalidArgument("env", rule, None, _SOURCE)
    zone = domain.zone
    if stack.region != EDGE_REGION and zone and is_token(zone.hosted_zone_id) and not is_elsewhere(scope, zone):
        rule = f"be made in another stack than the API: its certificate in {EDGE_REGION} comes before the API's stack"
        raise InvalidArgument("zone", rule, f"{zone.node.path} in {stack.node.path}", _SOURCE)
