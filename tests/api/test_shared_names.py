"""One name for several APIs: made once, mapped by path, and never said twice in different words."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, NestedStack, Stack, Stage
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3

from constructs_lib import ApiDomain, InvalidArgument
from tests.api.domains import ACCOUNT, CERTIFICATE, DOMAIN, RECORD, api, certificate_in, stack_in, templates, zone_for
from tests.statements import only, resources

MAPPING = "AWS::ApiGateway::BasePathMapping"
LONG_MAPPING = "AWS::ApiGatewayV2::ApiMapping"


@pytest.fixture(scope="module")
def shared() -> dict[str, dict[str, Any]]:
    """Four APIs in two stacks under one name."""
    app = App()
    one, two = stack_in(app, "eu-west-1", "One"), stack_in(app, "eu-west-1", "Two")
    domain = ApiDomain("api.example.com", zone=zone_for(one), base_path="v1")
    api(one, domain, "First")
    api(one, replace(domain, base_path="v2/orders"), "Beside")
    # A zone that each stack imports for itself is one zone.
    api(two, ApiDomain("api.example.com", zone=zone_for(two)), "Rest")
    api(two, replace(domain, base_path="v3/orders"), "Elsewhere")
    return templates(app)


def test_the_name_is_made_once_by_the_first(shared: dict[str, dict[str, Any]]) -> None:
    for kind, count in ((DOMAIN, 1), (CERTIFICATE, 1), (RECORD, 2)):
        assert [len(resources(shared[stack], kind)) for stack in ("One", "Two")] == [count, 0]


def test_each_api_has_its_own_path(shared: dict[str, dict[str, Any]]) -> None:
    paths = {
        stack: {
            properties.get("BasePath") or properties.get("ApiMappingKey")
            for kind in (MAPPING, LONG_MAPPING)
            for properties in resources(template, kind).values()
        }
        for stack, template in shared.items()
    }
    assert paths == {"One": {"v1", "v2/orders"}, "Two": {None, "v3/orders"}}


def test_each_path_leads_to_the_stage_of_its_api(shared: dict[str, dict[str, Any]]) -> None:
    for template in shared.values():
        stages = {
            name: stage["RestApiId"]["Ref"] for name, stage in resources(template, "AWS::ApiGateway::Stage").items()
        }
        mapped = {
            properties["Stage"]["Ref"]: (properties.get("RestApiId") or properties["ApiId"])["Ref"]
            for kind in (MAPPING, LONG_MAPPING)
            for properties in resources(template, kind).values()
        }
        assert mapped == stages


def test_another_stack_knows_the_name_by_itself(shared: dict[str, dict[str, Any]]) -> None:
    for kind in (MAPPING, LONG_MAPPING):
        assert only(shared["Two"], kind)["DomainName"] == "api.example.com"
    assert "Export" not in json.dumps(shared["One"]["Outputs"])
    assert not [text for text in ("Fn::ImportValue", "Fn::GetStackOutput") if text in json.dumps(shared["Two"])]


def test_another_stack_is_deployed_after_the_name() -> None:
    app = App()
    one, two = stack_in(app, "eu-west-1", "One"), stack_in(app, "eu-west-1", "Two")
    domain = ApiDomain("api.example.com", zone=zone_for(one))
    api(one, domain)
    api(two, replace(domain, base_path="v2"))
    app.synth()
    assert [each.stack_name for each in two.dependencies] == ["One"]
    assert one.dependencies == []


@pytest.mark.parametrize("first", ["Root", "Nested"])
def test_nested_stacks_share_a_name_in_order(first: str) -> None:
    app = App()
    root = Stack(app, "Root", env=Environment(account=ACCOUNT, region="eu-west-1"))
    nested = NestedStack(root, "Nested")
    domain = ApiDomain("api.example.com", zone=zone_for(root))
    stacks: dict[str, Stack] = {"Root": root, "Nested": nested}
    api(stacks.pop(first), domain)
    (other,) = stacks.values()
    api(other, replace(domain, base_path="v2"))
    assembly = app.synth()
    outer = assembly.get_stack_by_name("Root").template
    inner = json.loads((Path(assembly.directory) / nested.template_file).read_text())
    assert [len(resources(each, DOMAIN)) for each in (outer, inner)] == ([1, 0] if first == "Root" else [0, 1])
    (nesting,) = (name for name, each in outer["Resources"].items() if each["Type"] == "AWS::CloudFormation::Stack")
    if first == "Root":
        assert outer["Resources"][nesting]["DependsOn"] == list(resources(outer, DOMAIN))
    else:
        (mapping,) = resources(outer, MAPPING)
        assert outer["Resources"][mapping]["DependsOn"] == [nesting]


def test_the_parts_of_a_name_are_those_of_its_maker() -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone_for(stack))
    first, second = api(stack, domain).domain, api(stack, replace(domain, base_path="v2"), "Second").domain
    assert first is not None
    assert second is not None
    assert (second.domain_name, second.certificate) == (first.domain_name, first.certificate)
    assert (second.records, second.target, second.associations) == (first.records, None, [])
    assert second.mapping is not first.mapping
    assert second.url == "https://api.example.com/v2/"


def test_an_edge_name_is_shared_with_its_certificate() -> None:
    app = App()
    for name in ("One", "Two"):
        stack = stack_in(app, "ap-northeast-2", name)
        api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge", base_path=name))
    synthesized = templates(app)
    assert set(synthesized) == {"One", "One-EdgeCertificates", "Two"}
    assert len(resources(synthesized["One-EdgeCertificates"], CERTIFICATE)) == 1
    assert resources(synthesized["Two"], DOMAIN) == {}


def test_stacks_of_no_known_region_share_too() -> None:
    app = App()
    for name in ("One", "Two"):
        stack = stack_in(app, None, name)
        api(stack, ApiDomain("api.example.com", zone=zone_for(stack), base_path=name))
    assert resources(templates(app)["Two"], DOMAIN) == {}


def test_stages_share_nothing() -> None:
    app = App()
    for name in ("Blue", "Green"):
        stage = Stage(app, name, env=Environment(account=ACCOUNT, region="eu-west-1"))
        stack = Stack(stage, "Desk")
        api(stack, ApiDomain("api.example.com", zone=zone_for(stack)))
        (synthesized,) = stage.synth().stacks
        assert len(resources(synthesized.template, DOMAIN)) == 1


@pytest.mark.parametrize("path", [None, "v1", "v1/orders"])
def test_a_path_has_one_api(path: str | None) -> None:
    stack = stack_in(App(), "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone_for(stack), base_path=path)
    api(stack, replace(domain, base_path="other"))
    api(stack, domain, "Second")
    with pytest.raises(InvalidArgument, match=r"base_path must be another than that of Desk/Second/Domain, .*https://"):
        api(stack, domain, "Third")
    assert stack.node.try_find_child("Third") is None


STRICT, BASIC = apigateway.EndpointAccessMode.STRICT, apigateway.EndpointAccessMode.BASIC
MODERN, POST_QUANTUM = apigateway.SecurityPolicy.TLS13_1_3_2025_09, apigateway.SecurityPolicy.TLS13_1_2_PQ_2025_09


def certificate(name: str) -> acm.ICertificate:
    """A certificate that has no stack in common with the API."""
    arn = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{name}"
    return acm.Certificate.from_certificate_arn(Stack(App(), "Certificates"), "Given", arn)


def zone(zone_id: str) -> route53.IHostedZone:
    return zone_for(Stack(App(), "Zones"), zone_id)


def truststore(version: str, bucket: str = "trust") -> apigateway.MTLSConfig:
    imported = s3.Bucket.from_bucket_name(Stack(App(), "Trust"), "Bucket", bucket)
    return apigateway.MTLSConfig(bucket=imported, key="ca.pem", version=version)


PLAIN: dict[str, Any] = {}
OPINIONS: dict[str, Callable[[], tuple[dict[str, Any], dict[str, Any]]]] = {
    "another endpoint": lambda: (PLAIN, {"endpoint": "edge"}),
    "another zone": lambda: (PLAIN, {"zone": zone("Z999")}),
    "no zone": lambda: (PLAIN, {"zone": None}),
    "another certificate": lambda: (PLAIN, {"certificate": certificate("other")}),
    "another policy": lambda: (
        {"security_policy": MODERN, "endpoint_access_mode": STRICT},
        {"security_policy": POST_QUANTUM},
    ),
    "another access mode": lambda: (
        {"security_policy": MODERN, "endpoint_access_mode": STRICT},
        {"endpoint_access_mode": BASIC},
    ),
    "mutual TLS": lambda: (PLAIN, {"mutual_tls": truststore("1")}),
    "another truststore": lambda: ({"mutual_tls": truststore("1")}, {"mutual_tls": truststore("1", "others")}),
    "another truststore version": lambda: ({"mutual_tls": truststore("1")}, {"mutual_tls": truststore("2")}),
    "another proof": lambda: ({"mutual_tls": truststore("1")}, {"ownership_certificate": certificate("proof")}),
}


@pytest.mark.parametrize("opinions", OPINIONS.values(), ids=OPINIONS)
def test_two_opinions_of_one_name_are_refused(
    opinions: Callable[[], tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    said, otherwise = opinions()
    stack = stack_in(App(), "us-east-1")
    words = {"zone": zone("Z0123456789"), "certificate": certificate("given")} | said
    api(stack, ApiDomain("api.example.com", **words))
    (argument,) = otherwise
    with pytest.raises(InvalidArgument, match=f"^{argument} must be what Desk/Api/Domain says it is, because api"):
        api(stack, ApiDomain("api.example.com", base_path="v2", **words | otherwise), "Second")


def test_the_same_words_again_are_one_opinion() -> None:
    app = App()
    for name in ("One", "Two"):
        domain = ApiDomain(
            "api.example.com",
            zone=zone("Z0123456789"),
            certificate=certificate("given"),
            mutual_tls=truststore("1"),
            ownership_certificate=certificate("proof"),
            base_path=name,
        )
        api(stack_in(app, "us-east-1", name), domain)
    assert resources(templates(app)["Two"], DOMAIN) == {}


def test_an_edge_name_is_one_for_all_regions() -> None:
    app = App()
    seoul, dublin = stack_in(app, "ap-northeast-2", "Seoul"), stack_in(app, "eu-west-1", "Dublin")
    api(seoul, ApiDomain("api.example.com", zone=zone_for(seoul), endpoint="edge"))
    with pytest.raises(InvalidArgument, match=r"name must be another than that of Seoul/Api/Domain: .*at the edge one"):
        api(dublin, ApiDomain("api.example.com", certificate=certificate("given"), endpoint="edge"))


@pytest.mark.parametrize("endpoint", ["regional", "edge"])
def test_a_name_is_one_in_a_region_whatever_the_account(endpoint: Any) -> None:
    app = App()
    test, live = (
        Stack(app, name, env=Environment(account=account, region="us-east-1"))
        for name, account in (("Test", "111111111111"), ("Live", "222222222222"))
    )
    api(test, ApiDomain("api.example.com", zone=zone("Z111")))
    with pytest.raises(InvalidArgument, match=r"name must be another than that of Test/Api/Domain: a name is one in a"):
        api(live, ApiDomain("api.example.com", zone=zone("Z222"), endpoint=endpoint))


def test_a_regional_name_in_two_regions_has_records_in_one_zone_once() -> None:
    app = App()
    seoul, dublin = stack_in(app, "ap-northeast-2", "Seoul"), stack_in(app, "eu-west-1", "Dublin")
    api(seoul, ApiDomain("api.example.com", zone=zone_for(seoul)))
    with pytest.raises(InvalidArgument, match=r"zone must be left out, because .* lead to Seoul/Api/Domain: .*latency"):
        api(dublin, ApiDomain("api.example.com", zone=zone_for(dublin)))
    # With records that its owner keeps, the name is free in each region.
    api(dublin, ApiDomain("api.example.com", certificate=certificate_in(dublin, "eu-west-1")))
    synthesized = templates(app)
    assert [len(resources(synthesized[name], DOMAIN)) for name in ("Seoul", "Dublin")] == [1, 1]


def test_regions_that_are_not_known_are_not_guessed_to_be_one() -> None:
    app = App()
    stacks = [
        Stack(app, f"Of{account}", env=Environment(account=account)) for account in ("111111111111", "222222222222")
    ]
    for stack in stacks:
        api(stack, ApiDomain("api.example.com", zone=zone(stack.account)))
    assert all(resources(template, DOMAIN) for template in templates(app).values())
