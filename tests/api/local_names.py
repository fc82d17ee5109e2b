"""APIs in Seoul under names of their own: at the edge, regional, two under one name, and one within a VPC only."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, Auth, ProtectedApi
from tests.api.local_app import REGION

EDGE, OWN, GIVEN, SHARED, PRIVATE = (f"{name}.example.com" for name in ("edge", "own", "given", "shared", "private"))

Change = Literal["", "other zone", "no edge"]

_PLACE = """
import os

def handler(event, context):
    return {"statusCode": 200, "body": os.environ["PLACE"] + event["path"]}
"""


def synthesize(folder: Path, *, imported: str, change: Change = "") -> str:
    """Write the app's assembly, and say where.

    Args:
        folder: the assembly goes below it.
        imported: the ARN of a certificate for the names that bring one.
        change: what its owner might do later: prove certificates through another zone, or take the edge name away.
    """
    # Known, the CLI does not look for them, and writes no cdk.context.json.
    places = {f"availability-zones:account=000000000000:region={REGION}": [f"{REGION}a", f"{REGION}b"]}
    app = App(outdir=str(folder / (change or "first")), context=places)
    zones, names, more, within = (
        Stack(app, name, env=Environment(account="000000000000", region=REGION))
        for name in ("Zones", "Names", "MoreNames", "PrivateNames")
    )
    first, second = (route53.PublicHostedZone(zones, name, zone_name="example.com") for name in ("First", "Second"))
    proof = second if change == "other zone" else first
    at_edge = ApiDomain(EDGE, zone=proof, endpoint="edge")
    _api(names, "Edge", domain=None if change == "no edge" else at_edge)
    own = _api(names, "Own", domain=ApiDomain(OWN, zone=first), default_endpoint=False)
    CfnOutput(names, "UrlOfOwn", value=own.rest_api.url)

    certificate = acm.Certificate.from_certificate_arn(names, "Imported", imported)
    shared = ApiDomain(SHARED, zone=first, certificate=certificate, base_path="orders")
    _api(names, "Orders", domain=shared)
    _api(names, "Stock", domain=replace(shared, base_path="stock"))
    offers = _api(more, "Offers", domain=replace(shared, base_path="offers/v2"))
    proven = acm.CertificateValidation.from_dns(proof)
    given = acm.Certificate(zones, "Given", domain_name=GIVEN, validation=proven)
    offers.add_domain(ApiDomain(GIVEN, zone=first, certificate=given))

    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(within, "Vpc", nat_gateways=0, max_azs=2, subnet_configuration=[isolated])
    api = _api(within, "Private", endpoint="private", vpc=vpc)
    assert api.private_access
    CfnOutput(within, "Endpoint", value=api.private_access.vpc_endpoints[0].vpc_endpoint_id)
    CfnOutput(within, "UrlThroughEndpoint", value=api.url)
    CfnOutput(within, "UrlWithout", value=api.rest_api.url)
    inner = route53.PrivateHostedZone(within, "Zone", zone_name="example.com", vpc=vpc)
    api.add_domain(ApiDomain(PRIVATE, zone=inner, certificate=certificate, endpoint="private"))
    return app.synth().directory


def _api(scope: Stack, place: str, **arguments: Any) -> ProtectedApi:
    """An API that tells which one it is."""
    function = lambda_.Function(
        scope,
        f"{place}Place",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(_PLACE),
        environment={"PLACE": place},
    )
    api = ProtectedApi(scope, place, **arguments)
    api.route("GET /{path+}", function, auth=Auth.none(reason="tells nothing but where it is"))
    return api
