"""The names of an API: several of them, which one is told, and what they ask of the default address."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_s3 as s3

from constructs_lib import ApiDomain, Auth, InvalidArgument, ProtectedApi
from constructs_lib.testing import template_of
from tests.api.apis import PROBE
from tests.api.domains import DOMAIN, certificate_in, stack_in, zone_for
from tests.api.networks import imported_endpoint
from tests.statements import only, resources


def named(stack: Stack, **arguments: Any) -> ProtectedApi:
    api = ProtectedApi(stack, "Api", **arguments)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return api


@pytest.fixture
def stack() -> Stack:
    return stack_in(App(), "eu-west-1")


def with_mutual_tls(stack: Stack) -> ApiDomain:
    bucket = s3.Bucket.from_bucket_name(stack, "Authorities", "authorities")
    mutual_tls = apigateway.MTLSConfig(bucket=bucket, key="authorities.pem", version="1")
    return ApiDomain("api.example.com", zone=zone_for(stack), mutual_tls=mutual_tls)


def test_an_api_may_have_several_names(stack: Stack) -> None:
    zone = zone_for(stack)
    api = named(stack, domain=ApiDomain("api.example.com", zone=zone))
    added = api.add_domain(
        ApiDomain("edge.example.com", zone=zone, certificate=certificate_in(stack, "us-east-1"), endpoint="edge")
    )
    assert api.domains == [api.domain, added]
    assert api.url == "https://api.example.com/"
    template = template_of(stack)
    assert {name["DomainName"] for name in resources(template, DOMAIN).values()} == {
        "api.example.com",
        "edge.example.com",
    }
    mappings = resources(template, "AWS::ApiGateway::BasePathMapping").values()
    assert {mapping["DomainName"]["Ref"] for mapping in mappings} == set(resources(template, DOMAIN))


def test_the_first_that_is_added_gives_the_address(stack: Stack) -> None:
    api = named(stack)
    added = api.add_domain(ApiDomain("api.example.com", zone=zone_for(stack), base_path="desk"))
    assert api.domain is added
    assert api.url == "https://api.example.com/desk/"


def test_each_name_is_checked(stack: Stack) -> None:
    api = named(stack)
    domain = ApiDomain("api.example.com", certificate=certificate_in(stack, "us-east-1"))
    with pytest.raises(InvalidArgument, match="certificate must be in eu-west-1"):
        api.add_domain(domain)
    assert api.domains == []
    assert [child.node.id for child in api.node.children if child.node.id.startswith("Domain")] == []


def test_the_first_name_is_checked_before_anything_is_made(stack: Stack) -> None:
    domain = ApiDomain("api.example.com", certificate=certificate_in(stack, "us-east-1"))
    with pytest.raises(InvalidArgument, match="certificate must be in eu-west-1"):
        named(stack, domain=domain)
    assert stack.node.try_find_child("Api") is None


def test_a_private_api_has_private_names(stack: Stack) -> None:
    domain = ApiDomain("api.example.com", certificate=certificate_in(stack, "eu-west-1"), endpoint="private")
    api = named(stack, endpoint="private", vpc_endpoints=[imported_endpoint(stack)])
    assert api.add_domain(domain).url == api.url == "https://api.example.com/"
    association = only(template_of(stack), "AWS::ApiGateway::DomainNameAccessAssociation")
    assert association["AccessAssociationSource"] == "vpce-0123456789abcdef0"


def test_a_private_name_is_for_a_private_api(stack: Stack) -> None:
    domain = ApiDomain("api.example.com", certificate=certificate_in(stack, "eu-west-1"), endpoint="private")
    for add in (lambda: named(stack, domain=domain), lambda: named(stack_in(App(), "eu-west-1")).add_domain(domain)):
        with pytest.raises(InvalidArgument, match="endpoint must be regional or edge beside an API that is regional"):
            add()


def test_mutual_tls_closes_the_way_round_it(stack: Stack) -> None:
    named(stack, domain=with_mutual_tls(stack))
    assert only(template_of(stack), "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True


def test_mutual_tls_is_not_added_beside_a_way_round_it(stack: Stack) -> None:
    api = named(stack)
    sentence = "mutual_tls must stand beside no other way in: close the API's default address by default_endpoint=False"
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        api.add_domain(with_mutual_tls(stack))
    closed = named(stack_in(App(), "eu-west-1", "Closed"), default_endpoint=False)
    assert closed.add_domain(with_mutual_tls(Stack.of(closed)))


def test_a_name_without_mutual_tls_is_no_way_round_it(stack: Stack) -> None:
    asking = with_mutual_tls(stack)
    open_to_all = ApiDomain("open.example.com", zone=asking.zone)
    for first, second in ((asking, open_to_all), (open_to_all, asking)):
        closed = named(stack_in(App(), "eu-west-1"), default_endpoint=False, domain=first)
        with pytest.raises(InvalidArgument, match="mutual_tls must be asked for by all names of an API or by none"):
            closed.add_domain(second)
        assert len(closed.domains) == 1
    beside = ApiDomain("also.example.com", zone=asking.zone, mutual_tls=asking.mutual_tls)
    assert named(stack, domain=asking).add_domain(beside)


def test_the_openapi_document_names_the_addresses_that_are_known(stack: Stack) -> None:
    zone = zone_for(stack)
    api = named(stack)
    assert "servers" not in api.openapi()
    for name, base_path in (("api.example.com", None), ("desk.example.com", "v1")):
        api.add_domain(ApiDomain(name, zone=zone, base_path=base_path))
    assert api.openapi()["servers"] == [{"url": "https://api.example.com"}, {"url": "https://desk.example.com/v1"}]


def test_a_wildcard_is_no_address(stack: Stack) -> None:
    api = named(stack, domain=ApiDomain("*.example.com", zone=zone_for(stack)))
    assert "servers" not in api.openapi()
