"""A name for private APIs: who gets to it, and how it is found."""

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk.aws_apigateway import EndpointAccessMode, SecurityPolicy

from constructs_lib import ApiDomain, InvalidArgument, ProtectedApi
from constructs_lib.testing import template_of
from tests.api.domains import (
    CERTIFICATE,
    DOMAIN,
    PRIVATE_DOMAIN,
    RECORD,
    certificate_in,
    private_api,
    stack_in,
    templates,
    vpc_endpoint_in,
    zone_for,
)
from tests.api.networks import imported_endpoint, imported_vpc
from tests.statements import only, resources

ASSOCIATION = "AWS::ApiGateway::DomainNameAccessAssociation"
MAPPING = "AWS::ApiGateway::BasePathMappingV2"
VPC_ENDPOINT = "AWS::EC2::VPCEndpoint"


@pytest.fixture(scope="module")
def private() -> dict[str, Any]:
    stack = stack_in(App(), None)
    zone = zone_for(stack)
    private_api(stack, ApiDomain("api.example.com", zone=zone, endpoint="private"), [vpc_endpoint_in(stack)])
    return template_of(stack)


def test_the_name_is_private_with_its_certificate_beside_it(private: dict[str, Any]) -> None:
    name = only(private, PRIVATE_DOMAIN)
    assert (name["DomainName"], name["EndpointConfiguration"]) == ("api.example.com", {"Types": ["PRIVATE"]})
    assert name["SecurityPolicy"] == "TLS_1_2"
    assert name["CertificateArn"]["Ref"] in resources(private, CERTIFICATE)
    (option,) = only(private, CERTIFICATE)["DomainValidationOptions"]
    assert option == {"DomainName": "api.example.com", "HostedZoneId": "Z0123456789"}
    assert resources(private, DOMAIN) == {}


def test_nobody_gets_to_it_but_through_the_vpc_endpoint(private: dict[str, Any]) -> None:
    (vpc_endpoint,) = resources(private, VPC_ENDPOINT)
    allow, deny = only(private, PRIVATE_DOMAIN)["Policy"]["Statement"]
    everything = {"Action": "execute-api:Invoke", "Principal": {"AWS": "*"}, "Resource": "execute-api:/*"}
    assert allow == {"Effect": "Allow", **everything}
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": [{"Ref": vpc_endpoint}]}}
    assert deny == {"Effect": "Deny", "Condition": elsewhere, **everything}


def test_the_vpc_endpoint_leads_to_it(private: dict[str, Any]) -> None:
    (name,) = resources(private, PRIVATE_DOMAIN)
    (vpc_endpoint,) = resources(private, VPC_ENDPOINT)
    assert only(private, ASSOCIATION) == {
        "AccessAssociationSource": {"Ref": vpc_endpoint},
        "AccessAssociationSourceType": "VPCE",
        "DomainNameArn": {"Fn::GetAtt": [name, "DomainNameArn"]},
    }


def test_the_name_leads_to_the_stage(private: dict[str, Any]) -> None:
    (name,) = resources(private, PRIVATE_DOMAIN)
    mapping = only(private, MAPPING)
    assert mapping["DomainNameArn"] == {"Fn::GetAtt": [name, "DomainNameArn"]}
    assert mapping["RestApiId"]["Ref"] in resources(private, "AWS::ApiGateway::RestApi")
    assert mapping["Stage"]["Ref"] in resources(private, "AWS::ApiGateway::Stage")
    assert "BasePath" not in mapping


@pytest.mark.parametrize(
    ("family", "types"),
    [
        (None, {"A"}),
        (ec2.VpcEndpointIpAddressType.IPV4, {"A"}),
        (ec2.VpcEndpointIpAddressType.IPV6, {"AAAA"}),
        (ec2.VpcEndpointIpAddressType.DUALSTACK, {"A", "AAAA"}),
    ],
)
def test_the_name_is_found_at_the_addresses_that_the_vpc_endpoint_has(
    family: ec2.VpcEndpointIpAddressType | None, types: set[str]
) -> None:
    stack = stack_in(App(), "eu-west-1")
    zone = route53.PrivateHostedZone(stack, "Zone", zone_name="example.com", vpc=imported_vpc(Stack(App(), "Vpcs")))
    given = certificate_in(stack, "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone, certificate=given, endpoint="private")
    private_api(stack, domain, [vpc_endpoint_in(stack, family)])
    template = template_of(stack)
    (vpc_endpoint,) = resources(template, VPC_ENDPOINT)
    (zone_id,) = resources(template, "AWS::Route53::HostedZone")
    records = resources(template, RECORD).values()
    assert {record["Type"] for record in records} == types
    for record in records:
        assert (record["Name"], record["HostedZoneId"]) == ("api.example.com.", {"Ref": zone_id})
        assert f'["{vpc_endpoint}", "DnsEntries"]' in json.dumps(record["AliasTarget"]["DNSName"])


def test_a_vpc_endpoint_that_the_api_makes_leads_to_it_too() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone_for(stack), endpoint="private")
    api = ProtectedApi(stack, "Api", domain=domain, endpoint="private", vpc=imported_vpc(stack))
    assert api.domain is not None
    assert [each.to_string() for each in api.domain.associations]
    assert api.url == "https://api.example.com/"


def test_each_of_several_vpc_endpoints_leads_to_a_name_whose_dns_is_elsewhere() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", certificate=certificate_in(stack, "eu-west-1"), endpoint="private")
    made = private_api(stack, domain, [imported_endpoint(stack, digit) for digit in "01"]).domain
    template = template_of(stack)
    ids = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]
    associations = resources(template, ASSOCIATION).values()
    assert sorted(each["AccessAssociationSource"] for each in associations) == ids
    deny = only(template, PRIVATE_DOMAIN)["Policy"]["Statement"][1]
    assert sorted(deny["Condition"]["StringNotEquals"]["aws:SourceVpce"]) == ids
    assert resources(template, RECORD) == {}
    assert made is not None
    assert made.target is not None
    output = template["Outputs"][stack.resolve(made.target.logical_id)]
    assert output["Value"] == ",".join(ids)
    assert "api.example.com" in output["Description"]


def test_a_zone_whose_records_could_not_lead_to_the_vpc_endpoint_is_refused() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone_for(stack), endpoint="private")
    with pytest.raises(InvalidArgument, match=r"zone must be left out with an imported VPC endpoint, .*Desk/Endpoint0"):
        private_api(stack, domain, [imported_endpoint(stack)])
    with pytest.raises(InvalidArgument, match="zone must be left out with several VPC endpoints"):
        private_api(stack, domain, [vpc_endpoint_in(stack), imported_endpoint(stack, "1")])


@pytest.mark.parametrize(
    ("api", "domain", "kinds"),
    [
        ("private", "regional", "be private beside an API that is private"),
        ("private", "edge", "be private beside an API that is private"),
        ("regional", "private", "be regional or edge beside an API that is regional"),
        ("edge", "private", "be regional or edge beside an API that is edge"),
    ],
)
def test_private_names_are_for_private_apis_and_no_others(api: Any, domain: Any, kinds: str) -> None:
    stack = stack_in(App(), "us-east-1")
    named = ApiDomain("api.example.com", certificate=certificate_in(stack, "us-east-1"), endpoint=domain)
    ways = [imported_endpoint(stack)] if api == "private" else []
    with pytest.raises(InvalidArgument, match=f"endpoint must {kinds}, got '{domain}'"):
        ProtectedApi(stack, "Api", domain=named, endpoint=api, vpc_endpoints=ways)
    assert stack.node.try_find_child("Api") is None


def test_several_private_apis_share_a_name() -> None:
    app = App()
    one, two = stack_in(app, "eu-west-1", "One"), stack_in(app, "eu-west-1", "Two")
    way = imported_endpoint(one)
    domain = ApiDomain(
        "api.example.com", certificate=certificate_in(one, "eu-west-1"), endpoint="private", base_path="v1"
    )
    private_api(one, domain, [way])
    private_api(one, replace(domain, base_path="v2"), [way], "Beside")
    private_api(two, replace(domain, base_path="v3"), [imported_endpoint(two)])
    synthesized = templates(app)
    assert [len(resources(synthesized[stack], PRIVATE_DOMAIN)) for stack in ("One", "Two")] == [1, 0]
    assert [len(resources(synthesized[stack], ASSOCIATION)) for stack in ("One", "Two")] == [1, 0]
    assert {each["BasePath"] for each in resources(synthesized["One"], MAPPING).values()} == {"v1", "v2"}
    elsewhere = only(synthesized["Two"], MAPPING)
    reference = elsewhere["DomainNameArn"]["Fn::GetStackOutput"]
    output = synthesized["One"]["Outputs"][reference["OutputName"]]
    assert (reference["StackName"], output["Value"]["Fn::GetAtt"][1]) == ("One", "DomainNameArn")
    assert "Export" not in output


def test_a_replaced_name_changes_the_mapping_that_reads_it_from_another_stack() -> None:
    def mapping_to(name: str, policy: SecurityPolicy, mode: EndpointAccessMode | None) -> tuple[str, Any]:
        app = App()
        one, two = stack_in(app, "eu-west-1", "One"), stack_in(app, "eu-west-1", "Two")
        domain = ApiDomain(
            name,
            certificate=certificate_in(one, "eu-west-1"),
            endpoint="private",
            security_policy=policy,
            endpoint_access_mode=mode,
        )
        private_api(one, domain, [imported_endpoint(one)])
        private_api(two, replace(domain, base_path="v2"), [imported_endpoint(two)])
        ((logical_id, properties),) = resources(templates(app)["Two"], MAPPING).items()
        return logical_id, properties["DomainNameArn"]

    mappings = [
        mapping_to("a.example.com", SecurityPolicy.TLS_1_2, None),
        mapping_to("b.example.com", SecurityPolicy.TLS_1_2, None),
        mapping_to("b.example.com", SecurityPolicy.TLS13_1_3_2025_09, EndpointAccessMode.STRICT),
    ]
    assert len({logical_id for logical_id, _ in mappings}) == 3
    assert all(reference == mappings[0][1] for _, reference in mappings)


def test_private_apis_of_one_name_have_one_way_in() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", certificate=certificate_in(stack, "eu-west-1"), endpoint="private")
    private_api(stack, domain, [imported_endpoint(stack, "0")])
    other = replace(domain, base_path="v2")
    with pytest.raises(InvalidArgument, match=r"vpc_endpoints must be those of Desk/Api/Domain, .*'Desk/Endpoint1'"):
        private_api(stack, other, [imported_endpoint(stack, "1")], "Second")
    with pytest.raises(InvalidArgument, match="vpc_endpoints must be those of Desk/Api/Domain"):
        ProtectedApi(stack, "Third", domain=other, endpoint="private", vpc=imported_vpc(stack))


def test_a_name_may_be_public_and_private_in_different_zones() -> None:
    stack = stack_in(App(), "eu-west-1")
    way, zone = vpc_endpoint_in(stack), zone_for(stack)
    given = acm.Certificate(stack, "Wildcard", domain_name="*.example.com")
    inside = route53.PrivateHostedZone(stack, "Inside", zone_name="example.com", vpc=imported_vpc(Stack(App(), "Vpcs")))
    ProtectedApi(stack, "Public", domain=ApiDomain("api.example.com", zone=zone, certificate=given))
    private = ApiDomain("api.example.com", zone=inside, certificate=given, endpoint="private")
    with pytest.raises(InvalidArgument, match="zone must be left out, because its records of api"):
        private_api(stack, replace(private, zone=zone), [way])
    private_api(stack, private, [way])
    assert stack.node.find_child("Api")
