"""Where an API answers: each kind of endpoint, its TLS, and what does not go together."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from constructs_lib import ApiDomain, Auth, InvalidArgument, ProtectedApi
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with
from tests.api.domains import stack_in, zone_for
from tests.api.networks import imported_endpoint, imported_vpc
from tests.statements import only


def api_of(**arguments: Any) -> dict[str, Any]:
    return only(template_of(api_with(**arguments)[0]), "AWS::ApiGateway::RestApi")


def test_an_edge_endpoint_speaks_tls_1_2_at_least_too() -> None:
    api = api_of(endpoint="edge")
    assert api["EndpointConfiguration"] == {"Types": ["EDGE"]}
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == ("SecurityPolicy_TLS12_PFS_2025_EDGE", "BASIC")


def test_a_private_endpoint_is_reached_through_the_vpc_endpoints() -> None:
    stack = Stack(App(), "Desk")
    endpoints = [imported_endpoint(stack, digit) for digit in "01"]
    api = ProtectedApi(stack, "Api", endpoint="private", vpc_endpoints=endpoints)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    template = template_of(stack)
    assert "Outputs" not in template, "of an address that needs private DNS"
    made = only(template, "AWS::ApiGateway::RestApi")
    assert made["EndpointConfiguration"] == {
        "Types": ["PRIVATE"],
        "VpcEndpointIds": ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"],
    }
    # Without private DNS, only a basic access mode lets anybody in.
    assert (made["SecurityPolicy"], made["EndpointAccessMode"]) == ("SecurityPolicy_TLS13_1_2_2021_06", "BASIC")


def test_the_default_address_may_be_closed_for_an_api_with_a_domain() -> None:
    assert "DisableExecuteApiEndpoint" not in api_of()
    stack = stack_in(App(), "eu-west-1")
    made = ProtectedApi(stack, "Api", default_endpoint=False)
    made.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    made.add_domain(ApiDomain("api.example.com", zone=zone_for(stack)))
    template = template_of(stack)
    assert only(template, "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True
    assert "Outputs" not in template, "of an address that is closed"


def test_an_api_without_any_address_is_refused_at_synth() -> None:
    stack, _ = api_with(default_endpoint=False)
    with pytest.raises(RuntimeError, match="no address: default_endpoint is False, and there is no domain"):
        template_of(stack)


def vpc_of(stack: Stack) -> dict[str, Any]:
    return {"vpc": imported_vpc(stack)}


def endpoint_of(stack: Stack) -> dict[str, Any]:
    return {"vpc_endpoints": [imported_endpoint(stack)]}


def endpoint_of_another_service(stack: Stack) -> dict[str, Any]:
    service = ec2.InterfaceVpcEndpointAwsService.SQS
    return {"vpc_endpoints": [ec2.InterfaceVpcEndpoint(stack, "Sqs", vpc=imported_vpc(stack), service=service)]}


@pytest.mark.parametrize(
    ("kind", "with_network", "sentence"),
    [
        ("public", lambda _: {}, "endpoint must be one of 'regional', 'edge', 'private', got 'public'"),
        ("regional", vpc_of, "vpc must be left out unless endpoint is private, got 'regional'"),
        ("edge", endpoint_of, "vpc_endpoints must be left out unless endpoint is private, got 'edge'"),
        ("private", lambda _: {}, "one of the two for a private API, got 'neither' (API endpoint types"),
        ("private", lambda stack: vpc_of(stack) | endpoint_of(stack), "for a private API, got 'both'"),
        ("private", endpoint_of_another_service, "vpc_endpoints must be of API Gateway (execute-api)"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_made(
    kind: str, with_network: Callable[[Stack], dict[str, Any]], sentence: str
) -> None:
    stack = Stack(App(), "Refused")
    arguments = with_network(stack)
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        ProtectedApi(stack, "Api", endpoint=kind, **arguments)  # type: ignore[arg-type]
    assert stack.node.try_find_child("Api") is None


def test_an_endpoint_of_this_app_is_accepted() -> None:
    stack = Stack(App(), "Desk")
    service = ec2.InterfaceVpcEndpointAwsService.APIGATEWAY
    endpoint = ec2.InterfaceVpcEndpoint(stack, "ApiGateway", vpc=imported_vpc(stack), service=service)
    assert ProtectedApi(stack, "Api", endpoint="private", vpc_endpoints=[endpoint]).private_access
