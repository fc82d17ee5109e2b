"""CustomDomain: the name in API Gateway, what it leads to, and how it is found."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, Stack

from constructs_lib import ApiDomain, InvalidArgument
from constructs_lib.testing import template_of
from tests.api.domains import CERTIFICATE, DOMAIN, RECORD, api, certificate_in, stack_in, zone_for
from tests.statements import only, resources

MAPPING = "AWS::ApiGateway::BasePathMapping"


@pytest.fixture(scope="module")
def edge() -> dict[str, Any]:
    stack = stack_in(App(), "ap-northeast-2")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge"))
    return template_of(stack)


@pytest.fixture(scope="module")
def regional() -> dict[str, Any]:
    stack = stack_in(App(), None)
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), base_path="v1"))
    return template_of(stack)


def test_an_edge_name_answers_at_the_edge(edge: dict[str, Any]) -> None:
    domain = only(edge, DOMAIN)
    assert (domain["DomainName"], domain["EndpointConfiguration"]) == ("api.example.com", {"Types": ["EDGE"]})
    assert "RegionalCertificateArn" not in domain


def test_a_regional_name_has_its_certificate_beside_it_in_any_region(regional: dict[str, Any]) -> None:
    domain = only(regional, DOMAIN)
    assert domain["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert domain["RegionalCertificateArn"]["Ref"] in resources(regional, CERTIFICATE)
    assert only(regional, CERTIFICATE)["ValidationMethod"] == "DNS"
    assert "CertificateArn" not in domain
    assert "Tags" not in domain


def test_no_client_speaks_less_than_tls_1_2(edge: dict[str, Any], regional: dict[str, Any]) -> None:
    assert [only(template, DOMAIN)["SecurityPolicy"] for template in (edge, regional)] == ["TLS_1_2"] * 2


@pytest.mark.parametrize(("endpoint", "attribute"), [("edge", "Distribution"), ("regional", "Regional")])
def test_clients_of_both_address_families_find_the_name(
    edge: dict[str, Any], regional: dict[str, Any], endpoint: str, attribute: str
) -> None:
    template = edge if endpoint == "edge" else regional
    records = resources(template, RECORD).values()
    assert {record["Type"] for record in records} == {"A", "AAAA"}
    for record in records:
        assert record["Name"] == "api.example.com."
        assert record["HostedZoneId"] == "Z0123456789"
        assert record["AliasTarget"]["DNSName"]["Fn::GetAtt"][1] == f"{attribute}DomainName"
        assert record["AliasTarget"]["HostedZoneId"]["Fn::GetAtt"][1] == f"{attribute}HostedZoneId"


def test_the_name_leads_to_the_stage(regional: dict[str, Any]) -> None:
    mapping = only(regional, MAPPING)
    assert mapping["BasePath"] == "v1"
    assert mapping["DomainName"]["Ref"] in resources(regional, DOMAIN)
    assert mapping["RestApiId"]["Ref"] in resources(regional, "AWS::ApiGateway::RestApi")
    assert mapping["Stage"]["Ref"] in resources(regional, "AWS::ApiGateway::Stage")


def test_a_path_of_several_segments_leads_to_the_stage() -> None:
    stack = stack_in(App(), "eu-west-1")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), base_path="v1/orders"))
    template = template_of(stack)
    assert resources(template, MAPPING) == {}
    mapping = only(template, "AWS::ApiGatewayV2::ApiMapping")
    assert mapping["ApiMappingKey"] == "v1/orders"
    assert mapping["DomainName"]["Ref"] in resources(template, DOMAIN)
    assert mapping["ApiId"]["Ref"] in resources(template, "AWS::ApiGateway::RestApi")
    assert mapping["Stage"]["Ref"] in resources(template, "AWS::ApiGateway::Stage")


def test_a_wildcard_is_found_proven_and_named_as_one() -> None:
    stack = stack_in(App(), "eu-west-1")
    made = api(stack, ApiDomain("*.example.com", zone=zone_for(stack)))
    template = template_of(stack)
    assert only(template, DOMAIN)["DomainName"] == "*.example.com"
    assert {each["Name"] for each in resources(template, RECORD).values()} == {"*.example.com."}
    certificate = only(template, CERTIFICATE)
    assert certificate["DomainName"] == "*.example.com"
    # A star in a tag fails the deployment.
    assert certificate["Tags"] == [{"Key": "Name", "Value": "wildcard.example.com"}]
    assert made.url == "https://*.example.com/"


def test_the_url_is_under_the_name() -> None:
    stack = stack_in(App(), "eu-west-1")
    zone = zone_for(stack)
    assert api(stack, ApiDomain("api.example.com", zone=zone)).url == "https://api.example.com/"
    assert api(stack, ApiDomain("v.example.com", zone=zone, base_path="v1"), "V").url == "https://v.example.com/v1/"


def test_the_zones_own_name_may_be_the_apis() -> None:
    stack = stack_in(App(), "eu-west-1")
    api(stack, ApiDomain("example.com", zone=zone_for(stack)))
    assert {each["Name"] for each in resources(template_of(stack), RECORD).values()} == {"example.com."}


def test_a_name_whose_dns_is_elsewhere_says_where_to_point_it() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = api(stack, ApiDomain("api.example.com", certificate=certificate_in(stack, "eu-west-1"))).domain
    assert domain is not None
    assert isinstance(domain.target, CfnOutput)
    template = template_of(stack)
    assert resources(template, RECORD) == {}
    output = template["Outputs"][stack.resolve(domain.target.logical_id)]
    assert output["Value"]["Fn::GetAtt"][1] == "RegionalDomainName"
    assert "api.example.com" in output["Description"]


def test_a_name_that_is_added_later_is_checked_too() -> None:
    stack = stack_in(App(), "eu-west-1")
    made = api(stack, ApiDomain("api.example.com", zone=zone_for(stack)))
    far = certificate_in(stack, "us-east-1")
    before = len(made.node.children)
    with pytest.raises(InvalidArgument, match="certificate must be in eu-west-1"):
        made.add_domain(ApiDomain("desk.example.com", certificate=far))
    with pytest.raises(InvalidArgument, match="base_path must be another than that of Desk/Api/Domain"):
        made.add_domain(ApiDomain("api.example.com", zone=zone_for(Stack(App(), "Zones"))))
    assert len(made.node.children) == before


def test_an_api_may_answer_on_several_paths_of_its_name() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone_for(stack), base_path="v1")
    made = api(stack, domain)
    assert made.add_domain(replace(domain, base_path="v2")).url == "https://api.example.com/v2/"
    template = template_of(stack)
    assert {each["BasePath"] for each in resources(template, MAPPING).values()} == {"v1", "v2"}
    assert len(resources(template, DOMAIN)) == 1
