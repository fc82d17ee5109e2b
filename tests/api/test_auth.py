"""Auth: what it is not made from, and who is asked when a function of one's own decides."""

import re
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import Auth, InvalidArgument, ProtectedApi
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with, methods_of
from tests.api.test_protected_api import deployment_of
from tests.items.test_item_table import function
from tests.statements import resources


@pytest.mark.parametrize("reason", ["", " ", None, 5])
def test_an_open_route_has_a_reason(reason: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"reason must say why anyone may call this route, got {reason!r}"):
        Auth.none(reason=reason)


def test_scopes_are_a_list() -> None:
    with pytest.raises(InvalidArgument, match="scopes must be a list of scopes, got 'desk/read'"):
        Auth.cognito(scopes="desk/read")


@pytest.mark.parametrize("scopes", [[""], ["desk/read desk/write"], ["desk/read", "desk/read"]])
def test_scopes_are_names(scopes: list[str]) -> None:
    with pytest.raises(InvalidArgument, match=r"scopes must be (named once each|names without spaces)"):
        Auth.cognito(scopes=scopes)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"header": "x y"}, "header must be a header's name, got 'x y'"),
        ({"header": ""}, "header must be a header's name"),
        ({"ttl": Duration.minutes(61)}, "ttl must be 0 to 3600 seconds, got 3660"),
        ({"ttl": Duration.millis(1500)}, "ttl must be 0 to 3600 seconds, got 1.5"),
    ],
)
def test_a_custom_authorizer_that_api_gateway_refuses_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        Auth.custom(function(Stack(App(), "Desk"), "Check"), **arguments)


@pytest.fixture(scope="module")
def custom() -> dict[str, Any]:
    stack, api = api_with()
    check = function(stack, "Check")
    api.route("GET /fresh", PROBE, auth=Auth.custom(check))
    api.route("PUT /fresh", PROBE, auth=Auth.custom(check))
    api.route("GET /kept", PROBE, auth=Auth.custom(check, header="X-Key", ttl=Duration.minutes(5)))
    return template_of(stack)


def authorizer(template: dict[str, Any], route: str) -> tuple[str, dict[str, Any]]:
    method = methods_of(template)[route]
    assert method["AuthorizationType"] == "CUSTOM"
    name = method["AuthorizerId"]["Ref"]
    return name, template["Resources"][name]["Properties"]


def test_a_function_is_asked_anew_each_time(custom: dict[str, Any]) -> None:
    name, made = authorizer(custom, "GET /fresh")
    assert (made["Type"], made["AuthorizerResultTtlInSeconds"]) == ("REQUEST", 0)
    assert made["IdentitySource"] == "method.request.header.Authorization"
    assert authorizer(custom, "PUT /fresh")[0] == name


def test_an_answer_is_kept_for_the_same_caller_and_request_only(custom: dict[str, Any]) -> None:
    _, made = authorizer(custom, "GET /kept")
    assert made["AuthorizerResultTtlInSeconds"] == 300
    assert made["IdentitySource"] == "method.request.header.X-Key,context.httpMethod,context.path"


def test_only_the_apis_authorizers_may_call_the_function(custom: dict[str, Any]) -> None:
    permissions = resources(custom, "AWS::Lambda::Permission").values()
    authorizers = set()
    for permission in permissions:
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "apigateway.amazonaws.com"
        parts = permission["SourceArn"]["Fn::Join"][1]
        assert "/authorizers/" in parts[-2]
        authorizers.add(parts[-1]["Ref"])
    assert authorizers == set(resources(custom, "AWS::ApiGateway::Authorizer"))
    assert len(permissions) == 2


def test_a_function_of_another_stack_waits_for_no_api() -> None:
    app = App()
    there, here = Stack(app, "Functions"), Stack(app, "Desk")
    api = ProtectedApi(here, "Api")
    check = function(there, "Check")
    api.route("GET /orders", check, auth=Auth.custom(check))
    api.route("GET /kept", check, auth=Auth.custom(check, header="X-Key", ttl=Duration.minutes(5)))
    template = template_of(here)
    allowed = [permission["SourceArn"] for permission in resources(template, "AWS::Lambda::Permission").values()]
    authorizers = {arn["Fn::Join"][1][-1]["Ref"] for arn in allowed if "/authorizers/" in arn["Fn::Join"][1]}
    assert authorizers == set(resources(template, "AWS::ApiGateway::Authorizer"))
    assert len(authorizers) == 2
    assert resources(template_of(there), "AWS::Lambda::Permission") == {}
    assert there.dependencies == []


def checking(stack: Stack, part: str) -> lambda_.Function:
    """A function of the same id as others, in a part of its own."""
    return lambda_.Function(
        Construct(stack, part),
        "Check",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def test_another_authorizer_is_deployed() -> None:
    def deployment(name: str) -> str:
        stack, api = api_with()
        functions = {each: checking(stack, each) for each in ("One", "Other")}
        api.route("GET /orders", PROBE, auth=Auth.custom(functions[name]))
        return deployment_of(stack)

    assert deployment("One") == deployment("One")
    assert deployment("One") != deployment("Other")


def test_functions_of_one_id_may_both_decide() -> None:
    stack, api = api_with()
    for name in ("One", "Other"):
        api.route(f"GET /{name}", PROBE, auth=Auth.custom(checking(stack, name)))
    assert len(resources(template_of(stack), "AWS::ApiGateway::Authorizer")) == 2
