"""ApiDomain: which names an API may have."""

import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, InvalidArgument
from tests.api.domains import certificate_in, zone_for
from tests.api.networks import imported_vpc


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("API.example.com", {}, "name must be a domain name in lower case, got 'API.example.com' (Custom domain name"),
        ("example", {}, "name must be a domain name in lower case"),
        ("api..example.com", {}, "name must be a domain name in lower case"),
        ("api.example.com.", {}, "name must be a domain name in lower case"),
        ("-api.example.com", {}, "name must be a domain name in lower case"),
        ("api_1.example.com", {}, "name must be a domain name in lower case"),
        (f"{'a' * 64}.example.com", {}, "name must be a domain name in lower case"),
        (f"{'a.' * 122}example.com", {}, "name must be a domain name in lower case"),
        ("api.example.org", {}, "name must be example.com or end in .example.com, got 'api.example.org'"),
        (
            f"{'a' * 60}.example.com",
            {},
            "the length of name without a certificate must be 1 to 64 characters, got 72 (AWS Certificate Manager "
            "RequestCertificate)",
        ),
        ("api.example.com", {"zone": "Z0123"}, "zone must be a construct, which an id or ARN is imported as, got 'Z0"),
        ("api.example.com", {"certificate": "arn:aws"}, "certificate must be a construct, which an id or ARN is "),
        ("api.example.com", {"ownership_certificate": "arn"}, "ownership_certificate must be a construct, which an "),
        ("myexample.com", {}, "name must be example.com or end in .example.com, got 'myexample.com'"),
        (5, {}, "name must be a str, got 5"),
        ("*.com", {}, "name must be a domain name in lower case"),
        ("*", {}, "name must be a domain name in lower case"),
        ("api.*.example.com", {}, "name must be a domain name in lower case"),
        ("a*.example.com", {}, "name must be a domain name in lower case"),
        ("*.example.org", {}, "name must be example.com or end in .example.com, got '*.example.org'"),
        (
            "*.example.com",
            {"endpoint": "private"},
            "name must be a single one for a private API, without a wildcard, got '*.example.com' (Custom domain names "
            "for private APIs in API Gateway)",
        ),
        ("api.example.com", {"endpoint": "local"}, "endpoint must be one of 'regional', 'edge', 'private', got"),
        (
            "api.example.com",
            {"zone": None},
            "name must come with a zone, or with a certificate when its DNS is elsewhere",
        ),
    ],
)
def test_a_bad_name_is_refused(name: Any, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        ApiDomain(name, **({"zone": zone_for(Stack(App(), "Zones"))} | arguments))


@pytest.mark.parametrize(
    "path", ["", "/v1", "v1/", "v1//orders", "v 1", "v1?", "a" * 301, f"{'a' * 150}/{'b' * 150}", 1]
)
@pytest.mark.parametrize("endpoint", ["regional", "edge", "private"])
def test_a_malformed_base_path_is_refused(path: Any, endpoint: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"base_path must be .*, got .* \(Use API mappings to connect"):
        ApiDomain("api.example.com", zone=zone_for(Stack(App(), "Zones")), endpoint=endpoint, base_path=path)


def test_a_path_of_several_segments_is_for_regional_names() -> None:
    zone = zone_for(Stack(App(), "Zones"))
    assert ApiDomain("a.example.com", zone=zone, base_path="v1/orders").url == "https://a.example.com/v1/orders/"
    assert ApiDomain("a.example.com", zone=zone, base_path=f"{'a' * 150}/{'b' * 149}").base_path
    for endpoint in ("edge", "private"):
        with pytest.raises(
            InvalidArgument, match=f"base_path must be one segment of a path, .* when endpoint is {endpoint}"
        ):
            ApiDomain("a.example.com", zone=zone, endpoint=endpoint, base_path="v1/orders")


def test_the_url_of_a_wildcard_is_a_pattern() -> None:
    domain = ApiDomain("*.example.com", zone=zone_for(Stack(App(), "Zones")), base_path="v1")
    assert domain.is_wildcard
    assert domain.url == "https://*.example.com/v1/"


def test_a_private_zone_proves_no_name() -> None:
    stack = Stack(App(), "Zones")
    vpc = imported_vpc(stack)
    zones = [
        route53.PrivateHostedZone(stack, "Private", zone_name="example.com", vpc=vpc),
        route53.HostedZone(stack, "Zone", zone_name="example.com", vpcs=[vpc]),
    ]
    for zone in zones:
        for endpoint in ("regional", "edge", "private"):
            with pytest.raises(InvalidArgument, match="certificate must be given with a private zone"):
                ApiDomain("api.example.com", zone=zone, endpoint=endpoint)
        ApiDomain("api.example.com", zone=zone, certificate=certificate_in(Stack(App(), "Given"), "eu-west-1"))


def test_a_zone_without_a_name_is_refused() -> None:
    stack = Stack(App(), "Zones")
    nameless = route53.HostedZone.from_hosted_zone_id(stack, "Zone", "Z0123456789")
    with pytest.raises(InvalidArgument, match=r"zone must be imported with its name: .*, got 'Zones/Zone'"):
        ApiDomain("api.example.com", zone=nameless)


def test_a_name_that_deployment_knows_is_left_to_it() -> None:
    stack = Stack(App(), "Zones")
    name = CfnParameter(stack, "Name").value_as_string
    assert ApiDomain(name, zone=zone_for(stack)).name == name


def test_a_name_too_long_for_acm_may_come_with_its_certificate() -> None:
    name = f"{'a' * 60}.example.com"
    assert ApiDomain(name, certificate=certificate_in(Stack(App(), "Given"), "eu-west-1")).name == name
