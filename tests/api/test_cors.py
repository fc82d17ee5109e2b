"""CORS: the pages of one origin may call and read, errors too; others may not."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib import Auth, InvalidArgument, ProtectedApi
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with, methods_of
from tests.statements import resources


@pytest.fixture(scope="module")
def for_pages() -> dict[str, Any]:
    stack, api = api_with(cors="https://desk.example.com")
    api.route("POST /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return template_of(stack)


def test_a_page_of_the_origin_may_ask_before_it_calls(for_pages: dict[str, Any]) -> None:
    preflight = methods_of(for_pages)["OPTIONS /health"]
    assert (preflight["AuthorizationType"], preflight["Integration"]["Type"]) == ("NONE", "MOCK")
    headers = preflight["Integration"]["IntegrationResponses"][0]["ResponseParameters"]
    assert headers["method.response.header.Access-Control-Allow-Origin"] == "'https://desk.example.com'"
    # The star stands for all others, such as X-Key of a custom authorizer.
    assert headers["method.response.header.Access-Control-Allow-Headers"] == "'Authorization,*'"


def test_a_page_of_the_origin_may_read_errors(for_pages: dict[str, Any]) -> None:
    errors = {each["ResponseType"]: each for each in resources(for_pages, "AWS::ApiGateway::GatewayResponse").values()}
    assert set(errors) == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for error in errors.values():
        assert error["ResponseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'https://desk.example.com'"
        }


def test_without_cors_no_page_may() -> None:
    template = template_of(api_with()[0])
    assert set(methods_of(template)) == {"GET /health"}
    assert resources(template, "AWS::ApiGateway::GatewayResponse") == {}


@pytest.mark.parametrize(
    "cors",
    [
        "",
        "http://desk.example.com",
        "https://desk.example.com/",
        "https://desk.example.com/page",
        "https://desk.example.com'",
        "desk.example.com",
        "https://*",
    ],
)
def test_what_no_browser_sends_is_refused_before_anything_is_made(cors: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=re.escape(f"or * for any, got {cors!r} (CORS for REST APIs")):
        ProtectedApi(stack, "Api", cors=cors)
    assert stack.node.children == []


@pytest.mark.parametrize("cors", ["*", "http://localhost:3000", "http://127.0.0.1", "https://desk.example.com:8443"])
def test_an_app_in_development_and_a_public_api_have_origins_too(cors: str) -> None:
    preflight = methods_of(template_of(api_with(cors=cors)[0]))["OPTIONS /health"]
    headers = preflight["Integration"]["IntegrationResponses"][0]["ResponseParameters"]
    assert headers["method.response.header.Access-Control-Allow-Origin"] == f"'{cors}'"
