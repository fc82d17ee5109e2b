"""The certificate of an API's domain, in the region that the endpoint reads it from, whatever the API's own."""

import re

from aws_cdk import Environment, Stack, Stage
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.weak_reference import is_elsewhere, zone_within_reach
from constructs_lib.arguments import InvalidArgument, is_token

EDGE_REGION = "us-east-1"

_SOURCE = "Certificates for custom domain names for REST APIs in API Gateway"
_ARN = re.compile(r"arn:[\w-]+:acm:(?P<region>[\w-]+):\d+:certificate/.+")


def require_placeable(scope: Construct, domain: ApiDomain) -> None:
    """Raise `InvalidArgument` where an API within ``scope`` cannot have the certificate of a domain.

    That is a certificate in another region than the endpoint reads, a stack whose region must be known for the
    certificate to be placed and is not, or a zone that would be made after the certificate that it proves.
    """
    if domain.certificate:
        _require_region(domain.certificate, domain, Stack.of(scope).region)
    elif domain.endpoint == "edge":
        _require_way_to_edge_region(scope, domain)


def certificate_of(scope: Construct, domain: ApiDomain) -> acm.ICertificate:
    """Return the certificate that a domain brings, or make it: beside the API, or where an edge endpoint reads it."""
    if domain.certificate:
        return domain.certificate
    stack = Stack.of(scope)
    if domain.endpoint == "regional" or stack.region == EDGE_REGION:
        return _certificate(scope, "Certificate", domain)
    edge_stack = _edge_stack(stack)
    shared = edge_stack.node.try_find_child(domain.name)
    return shared if isinstance(shared, acm.Certificate) else _certificate(edge_stack, domain.name, domain)


def _certificate(scope: Construct, id: str, domain: ApiDomain) -> acm.Certificate:
    zone = zone_within_reach(scope, f"{id}Zone", domain.zone) if domain.zone else None
    return acm.Certificate(scope, id, domain_name=domain.name, validation=acm.CertificateValidation.from_dns(zone))


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


def _require_region(certificate: acm.ICertificate, domain: ApiDomain, api_region: str) -> None:
    needed = EDGE_REGION if domain.endpoint == "edge" else api_region
    actual = _region_of(certificate)
    if actual and actual != needed and not is_token(needed):
        rule = f"be in {needed}, where the {domain.endpoint} endpoint of {domain.name} reads it"
        raise InvalidArgument("certificate", rule, f"one in {actual}", _SOURCE)


def _region_of(certificate: acm.ICertificate) -> str | None:
    """Say where a certificate is, as far as the app knows."""
    arn = certificate.certificate_arn
    if not is_token(arn):
        match = _ARN.fullmatch(arn)
        if not match:
            raise InvalidArgument("certificate", "have the ARN of an ACM certificate", arn, _SOURCE)
        return match["region"]
    # An imported one has no resource here, and the stack that it was imported into says nothing about where it is.
    region = Stack.of(certificate).region if certificate.node.default_child else None
    return None if region is None or is_token(region) else region


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
