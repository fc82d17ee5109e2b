"""Certificates that are given, and places that no certificate can be in."""

from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, InvalidArgument
from constructs_lib.testing import template_of
from tests.api.domains import ACCOUNT, CERTIFICATE, DOMAIN, RECORD, api, certificate_in, stack_in, templates, zone_for
from tests.statements import resources


@pytest.mark.parametrize(
    ("endpoint", "api_region", "right"),
    [("edge", "ap-northeast-2", "us-east-1"), ("regional", "ap-northeast-2", "ap-northeast-2")],
)
@pytest.mark.parametrize("only_arn_known", [True, False])
def test_a_given_certificate_must_be_where_it_is_read(
    endpoint: Any, api_region: str, right: str, only_arn_known: bool
) -> None:
    def given(app: App, stack: Stack, region: str) -> acm.ICertificate:
        if only_arn_known:
            return certificate_in(stack, region)
        return acm.Certificate(stack_in(app, region, "Certificates"), "Given", domain_name="api.example.com")

    app = App()
    stack = stack_in(app, api_region)
    with pytest.raises(InvalidArgument) as refusal:
        api(stack, ApiDomain("api.example.com", certificate=given(app, stack, "eu-west-1"), endpoint=endpoint))
    assert str(refusal.value) == (
        f"certificate must be in {right}, where the {endpoint} endpoint of api.example.com reads it, "
        "got 'one in eu-west-1' (Certificates for custom domain names for REST APIs in API Gateway)"
    )
    assert stack.node.try_find_child("Api") is None

    app = App()
    stack = stack_in(app, api_region)
    api(stack, ApiDomain("api.example.com", certificate=given(app, stack, right), endpoint=endpoint))
    assert resources(templates(app)["Desk"], CERTIFICATE) == {}


def test_what_cannot_be_known_at_synth_is_left_to_deployment() -> None:
    stack = stack_in(App(), None)
    arn = CfnParameter(stack, "CertificateArn").value_as_string
    unknown = acm.Certificate.from_certificate_arn(stack, "Unknown", arn)
    api(stack, ApiDomain("a.example.com", certificate=unknown, endpoint="edge"), "A")
    api(stack, ApiDomain("b.example.com", certificate=unknown), "B")
    api(stack, ApiDomain("c.example.com", certificate=certificate_in(stack, "us-east-1"), endpoint="edge"), "C")
    api(stack, ApiDomain("d.example.com", certificate=certificate_in(stack, "eu-west-1", "Far")), "D")
    assert len(resources(template_of(stack), DOMAIN)) == 4


def test_an_edge_domain_in_no_known_region_says_which_env_is_missing() -> None:
    stack = stack_in(App(), None)
    with pytest.raises(
        InvalidArgument, match=r"env must name the region of the stack Desk, .*us-east-1.*region=\.\.\."
    ):
        api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge"))
    assert stack.node.try_find_child("Api") is None


def test_a_zone_that_would_be_made_after_the_certificate_is_refused() -> None:
    stack = stack_in(App(), "ap-northeast-2")
    zone = route53.PublicHostedZone(stack, "Zone", zone_name="example.com")
    with pytest.raises(InvalidArgument, match="zone must be made in another stack than the API"):
        api(stack, ApiDomain("api.example.com", zone=zone, endpoint="edge"))
    # Beside a regional endpoint it may be made.
    api(stack, ApiDomain("api.example.com", zone=zone))
    assert len(resources(template_of(stack), RECORD)) == 2


def test_what_is_no_certificate_is_refused() -> None:
    stack = stack_in(App(), "eu-west-1")
    given = acm.Certificate.from_certificate_arn(stack, "Given", f"arn:aws:iam::{ACCOUNT}:server-certificate/desk")
    with pytest.raises(InvalidArgument, match="certificate must have the ARN of an ACM certificate"):
        api(stack, ApiDomain("api.example.com", certificate=given))
