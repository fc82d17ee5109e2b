"""Custom domain names of APIs: their certificates, and what TLS they speak."""

import re
from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR
from constructs_lib.checks.model.values import UNKNOWN, Text
from constructs_lib.checks.rule import rule

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_NAME, _PRIVATE_NAME, _V2_NAME = (
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGatewayV2::DomainName",
)
_CERTIFICATE = "AWS::CertificateManager::Certificate"
_ARN = re.compile(r"arn:[^:]+:acm:([a-z0-9-]+):")


@rule(
    "API-1",
    ERROR,
    "The certificate of an edge-optimized domain name is in us-east-1",
    source=f"{_GUIDE}/how-to-edge-optimized-custom-domain-name.html",
)
def edge_certificates(assembly: Assembly) -> Iterator[Problem]:
    """CloudFront, which serves an edge-optimized name, reads its certificate in us-east-1 whatever the API's region is.

    The deployment fails otherwise, with an error that does not say so. The region is that of a literal ARN, or of the
    stack that makes the certificate, also through exports and other references between stacks; an unknown one is no
    finding.
    """
    for name in assembly.of_type(_NAME):
        certificate = name.at("CertificateArn")
        region = _region(certificate)
        if region not in ("", "us-east-1") and "EDGE" in _endpoints(name):
            yield certificate.problem(
                f"the edge-optimized name {name.name} has a certificate of {region}",
                fix="Make the certificate in us-east-1, in a stack there, or make the endpoint regional.",
            )


@rule(
    "API-2",
    ERROR,
    "The certificate of a regional domain name is in the API's region",
    source=f"{_GUIDE}/apigateway-regional-api-custom-domain-create.html",
)
def regional_certificates(assembly: Assembly) -> Iterator[Problem]:
    """A regional name, and a private one, reads its certificate in its own region; the deployment fails otherwise.

    The region is that of a literal ARN, or of the stack that makes the certificate, also through exports and other
    references between stacks; an unknown one, the stack's own too, is no finding.
    """
    for certificate in _regional_certificates(assembly):
        name, region = certificate.resource, _region(certificate)
        here = name.stack.region
        if region and here and region != here:
            yield certificate.problem(
                f"the name {name.name} in {here} has a certificate of {region}",
                fix=f"Give it a certificate of {here}.",
            )


def _regional_certificates(assembly: Assembly) -> Iterator[Place]:
    for name in assembly.of_type(_NAME):
        if "REGIONAL" in _endpoints(name):
            yield name.at("RegionalCertificateArn")
    for name in assembly.of_type(_PRIVATE_NAME):
        yield name.at("CertificateArn")
    for name in assembly.of_type(_V2_NAME):
        for configuration in name.at("DomainNameConfigurations").items:
            yield configuration.at("CertificateArn")


def _endpoints(name: Resource) -> set[str | None]:
    """The types of endpoint that a name has; edge-optimized is the default."""
    types = name.at("EndpointConfiguration", "Types")
    return {"EDGE"} if types.missing else {each.text for each in types.items}


def _region(certificate: Place) -> str:
    """The region of a certificate; empty if it is not known."""
    value = certificate.value
    if isinstance(value, str | Text):
        found = _ARN.match(value if isinstance(value, str) else value.pattern)
        return found[1] if found else ""
    made = certificate.target(_CERTIFICATE)
    if made is not None:
        return made.stack.region
    requested = certificate.target("AWS::CloudFormation::CustomResource", "Custom::DnsValidatedCertificate")
    # What the CDK's DnsValidatedCertificate makes: a certificate in a region that it names.
    if requested is None or requested.at("DomainName").missing:
        return ""
    return requested.at("Region").text or ""


@rule(
    "API-6",
    ERROR,
    "An API speaks TLS 1.2 or later, by a policy that goes with its other settings",
    source=f"{_GUIDE}/apigateway-security-policies.html",
)
def security_policies(assembly: Assembly) -> Iterator[Problem]:
    """TLS 1.0 is broken, and clients that speak nothing later are gone.

    An enhanced policy (``SecurityPolicy_...``) is refused at deployment without an endpoint access mode, and on a name
    with mutual TLS. A policy that is absent or not known is no finding.
    """
    for policy in _policies(assembly):
        holder, text = policy.resource, policy.text or ""
        if text == "TLS_1_0":
            yield policy.problem(f"{holder.name} speaks TLS 1.0", fix="Set the security policy to TLS_1_2.")
        if not text.startswith("SecurityPolicy_"):
            continue
        if holder.at("EndpointAccessMode").missing:
            yield policy.problem(
                f"{holder.name} has the enhanced policy {text} without an endpoint access mode",
                fix="Set EndpointAccessMode to STRICT, or to BASIC while clients move.",
            )
        if holder.at("MutualTlsAuthentication", "TruststoreUri").value not in (None, UNKNOWN):
            yield policy.problem(
                f"{holder.name} has mutual TLS, which the enhanced policy {text} excludes",
                fix="Set the security policy to TLS_1_2, or do without mutual TLS.",
            )


def _policies(assembly: Assembly) -> Iterator[Place]:
    for holder in assembly.of_type(_NAME, _PRIVATE_NAME, "AWS::ApiGateway::RestApi"):
        yield holder.at("SecurityPolicy")
    for name in assembly.of_type(_V2_NAME):
        for configuration in name.at("DomainNameConfigurations").items:
            yield configuration.at("SecurityPolicy")
