"""Certificates that are given, and places that no certificate can be in."""

import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, InvalidArgument
from constructs_lib.testing import template_of
from tests.api.domains import (
    ACCOUNT,
    CERTIFICATE,
    DOMAIN,
    PRIVATE_DOMAIN,
    RECORD,
    api,
    certificate_in,
    stack_in,
    templates,
    zone_for,
)
from tests.statements import only, resources


@pytest.mark.parametrize(
    ("endpoint", "right", "wrong"),
    [
        ("edge", "us-east-1", "ap-northeast-2"),
        ("edge", "us-east-1", "eu-west-1"),
        ("regional", "ap-northeast-2", "us-east-1"),
        ("private", "ap-northeast-2", "us-east-1"),
    ],
)
@pytest.mark.parametrize("only_arn_known", [True, False])
def test_a_given_certificate_must_be_where_it_is_read(
    endpoint: Any, right: str, wrong: str, only_arn_known: bool
) -> None:
    def domain_with_certificate_in(region: str, app: App, stack: Stack) -> ApiDomain:
        given = (
            certificate_in(stack, region)
            if only_arn_known
            else acm.Certificate(stack_in(app, region, "Certificates"), "Given", domain_name="api.example.com")
        )
        return ApiDomain("api.example.com", certificate=given, endpoint=endpoint)

    app = App()
    stack = stack_in(app, "ap-northeast-2")
    with pytest.raises(InvalidArgument) as refusal:
        api(stack, domain_with_certificate_in(wrong, app, stack))
    assert str(refusal.value) == (
        f"certificate must be in {right}, where the {endpoint} endpoint of api.example.com reads it, "
        f"got 'one in {wrong}' (Certificates for custom domain names for REST APIs in API Gateway)"
    )
    assert stack.node.try_find_child("Api") is None

    app = App()
    stack = stack_in(app, "ap-northeast-2")
    api(stack, domain_with_certificate_in(right, app, stack))
    assert resources(templates(app)["Desk"], CERTIFICATE) == {}


@pytest.mark.parametrize("endpoint", ["regional", "private"])
def test_apis_of_two_stacks_share_a_certificate_that_is_given(endpoint: Any) -> None:
    app = App()
    given = acm.Certificate(stack_in(app, "eu-west-1", "Certificates"), "Given", domain_name="*.example.com")
    for name in ("One", "Two"):
        domain = ApiDomain(f"{name.lower()}.example.com", certificate=given, endpoint=endpoint)
        api(stack_in(app, "eu-west-1", name), domain)
    synthesized = templates(app)
    (made,) = resources(synthesized["Certificates"], CERTIFICATE)
    for name in ("One", "Two"):
        domain_name = only(synthesized[name], PRIVATE_DOMAIN if endpoint == "private" else DOMAIN)
        argument = "CertificateArn" if endpoint == "private" else "RegionalCertificateArn"
        reference = domain_name[argument]["Fn::GetStackOutput"]
        output = synthesized["Certificates"]["Outputs"][reference["OutputName"]]
        assert (reference["StackName"], output["Value"]) == ("Certificates", {"Ref": made})
        # What replaces the certificate changes the name that reads it.
        assert [tag["Key"] for tag in domain_name["Tags"]] == ["constructs-lib:certificate"]


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["api.example.com"], "api.example.com"),
        (["*.example.com"], "api.example.com"),
        (["*.example.com"], "*.example.com"),
        (["example.com", "*.example.com"], "api.example.com"),
        (["www.example.com", "api.example.com"], "api.example.com"),
    ],
)
def test_a_certificate_may_be_for_the_name_or_all_beside_it(names: list[str], name: str) -> None:
    stack = stack_in(App(), "eu-west-1")
    given = acm.Certificate(stack, "Given", domain_name=names[0], subject_alternative_names=names[1:])
    assert api(stack, ApiDomain(name, certificate=given)).url == f"https://{name}/"


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["example.com"], "api.example.com"),
        (["*.example.com"], "example.com"),
        (["*.example.com"], "v1.api.example.com"),
        (["api.example.com"], "*.example.com"),
        (["www.example.com", "desk.example.com"], "api.example.com"),
    ],
)
def test_a_certificate_for_other_names_is_refused(names: list[str], name: str) -> None:
    stack = stack_in(App(), "eu-west-1")
    given = acm.Certificate(stack, "Given", domain_name=names[0], subject_alternative_names=names[1:])
    sentence = re.escape(f"certificate must be one for {name} or ") + r".*, got \['"
    with pytest.raises(InvalidArgument, match=sentence):
        api(stack, ApiDomain(name, certificate=given))


def test_a_certificate_for_names_that_deployment_knows_is_left_to_it() -> None:
    stack = stack_in(App(), "eu-west-1")
    name = CfnParameter(stack, "Name").value_as_string
    given = acm.Certificate(stack, "Given", domain_name=name, validation=acm.CertificateValidation.from_dns())
    assert api(stack, ApiDomain("api.example.com", certificate=given)).domain


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
