"""APIs with a name, for the tests of what the name brings along."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, Auth, Http, ProtectedApi
from tests.api.networks import imported_endpoint, imported_vpc

ACCOUNT = "123456789012"
CERTIFICATE = "AWS::CertificateManager::Certificate"
DOMAIN = "AWS::ApiGateway::DomainName"
PRIVATE_DOMAIN = "AWS::ApiGateway::DomainNameV2"
RECORD = "AWS::Route53::RecordSet"


def stack_in(app: App, region: str | None, id: str = "Desk") -> Stack:
    return Stack(app, id, env=Environment(account=ACCOUNT, region=region) if region else None)


def zone_for(stack: Stack, zone_id: str = "Z0123456789") -> route53.IHostedZone:
    return route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id=zone_id, zone_name="example.com"
    )


def certificate_in(stack: Stack, region: str, id: str = "Given") -> acm.ICertificate:
    return acm.Certificate.from_certificate_arn(stack, id, f"arn:aws:acm:{region}:{ACCOUNT}:certificate/0123-abcd")


def vpc_endpoint_in(stack: Stack, family: ec2.VpcEndpointIpAddressType | None = None) -> ec2.InterfaceVpcEndpoint:
    return ec2.InterfaceVpcEndpoint(
        stack,
        "VpcEndpoint",
        vpc=imported_vpc(stack),
        service=ec2.InterfaceVpcEndpointAwsService.APIGATEWAY,
        private_dns_enabled=False,
        ip_address_type=family,
    )


def api(stack: Stack, domain: ApiDomain, id: str = "Api") -> ProtectedApi:
    """An API of the kind that a domain is for."""
    if domain.endpoint == "private":
        return private_api(stack, domain, [imported_endpoint(stack)], id)
    made = ProtectedApi(stack, id, domain=domain)
    made.route("GET /health", Http("https://status.example.com"), auth=Auth.none(reason="liveness probe"))
    return made


def private_api(
    stack: Stack, domain: ApiDomain, vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint], id: str = "Api"
) -> ProtectedApi:
    made = ProtectedApi(stack, id, domain=domain, endpoint="private", vpc_endpoints=vpc_endpoints)
    made.route("GET /health", Http("https://status.example.com"), auth=Auth.none(reason="liveness probe"))
    return made


def templates(app: App) -> dict[str, dict[str, Any]]:
    """All templates of an app by stack name."""
    return {artifact.stack_name: artifact.template for artifact in app.synth().stacks}
