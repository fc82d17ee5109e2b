"""ProtectedApi: who may call what, and what answers."""

import json
import re
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match

from constructs_lib import Auth, Http, InvalidArgument, ProtectedApi, UserDirectory
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with, methods_of
from tests.items.test_item_table import function
from tests.statements import only, resources


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    users = UserDirectory(stack, "Users", scopes={"desk": {"read": "Read requests"}})
    api = ProtectedApi(stack, "Api", users=users)
    api.route("POST /requests", function(stack, "Submit"))
    api.route("GET /requests/{id}", function(stack, "Read"), scopes=["desk/read"])
    api.route("PUT /requests/{id}", function(stack, "Change"), auth=Auth.iam())
    api.route("GET /health/{part}", Http("https://status.example.com/{part}"), auth=Auth.none(reason="liveness probe"))
    return template_of(stack)


@pytest.fixture(scope="module")
def methods(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return methods_of(template)


def test_without_a_word_a_route_is_for_the_users(template: dict[str, Any], methods: dict[str, dict[str, Any]]) -> None:
    method = methods["POST /requests"]
    assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
    authorizer = template["Resources"][method["AuthorizerId"]["Ref"]]["Properties"]
    assert authorizer["Type"] == "COGNITO_USER_POOLS"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    (provider,) = authorizer["ProviderARNs"]
    assert template["Resources"][provider["Fn::GetAtt"][0]]["Type"] == "AWS::Cognito::UserPool"


def test_a_route_may_ask_for_scopes(methods: dict[str, dict[str, Any]]) -> None:
    assert methods["GET /requests/{id}"]["AuthorizationScopes"] == ["desk/read"]
    assert "AuthorizationScopes" not in methods["POST /requests"]


def test_a_route_may_be_for_aws_identities(methods: dict[str, dict[str, Any]]) -> None:
    assert methods["PUT /requests/{id}"]["AuthorizationType"] == "AWS_IAM"


def test_a_route_is_open_only_by_name(methods: dict[str, dict[str, Any]]) -> None:
    assert [route for route, method in methods.items() if method["AuthorizationType"] == "NONE"] == [
        "GET /health/{part}"
    ]


def test_a_function_is_called_by_its_route_and_nothing_else(template: dict[str, Any]) -> None:
    permissions = resources(template, "AWS::Lambda::Permission").values()
    sources = {}
    for permission in permissions:
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "apigateway.amazonaws.com"
        callee = template["Resources"][permission["FunctionName"]["Fn::GetAtt"][0]]["Properties"]
        api, slash, stage, route = permission["SourceArn"]["Fn::Join"][1][-4:]
        assert template["Resources"][api["Ref"]]["Type"] == "AWS::ApiGateway::RestApi"
        assert (slash, template["Resources"][stage["Ref"]]["Type"]) == ("/", "AWS::ApiGateway::Stage")
        sources[callee["Description"]] = route
    # One each: CDK's own integration lets the console's test button in as well.
    assert len(permissions) == 3
    assert sources == {"Submit": "/POST/requests", "Read": "/GET/requests/*", "Change": "/PUT/requests/*"}


def test_the_policy_of_a_function_behind_many_routes_stays_within_its_limit() -> None:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api")
    busy, other = function(stack, "Busy"), function(stack, "Other")
    for number in range(60):
        api.route(f"GET /orders{number}", busy, auth=Auth.iam())
    api.route("GET /other", other, auth=Auth.iam())
    permissions: dict[str, list[str]] = {}
    for permission in resources(template_of(stack), "AWS::Lambda::Permission").values():
        callee = permission["FunctionName"]["Fn::GetAtt"][0]
        permissions.setdefault(callee, []).append(permission["SourceArn"]["Fn::Join"][1][-1])
    of_busy, of_other = sorted(permissions.values(), key=len, reverse=True)
    assert of_busy == [*(f"/GET/orders{number}" for number in range(20)), "/*/*/*"]
    assert of_other == ["/GET/other"]


def test_the_request_goes_whole_to_what_answers(methods: dict[str, dict[str, Any]]) -> None:
    assert methods["POST /requests"]["Integration"]["Type"] == "AWS_PROXY"
    assert methods["GET /health/{part}"]["Integration"] == {
        "Type": "HTTP_PROXY",
        "IntegrationHttpMethod": "GET",
        "Uri": "https://status.example.com/{part}",
        "RequestParameters": {"integration.request.path.part": "method.request.path.part"},
    }


def test_a_request_without_its_parameters_is_refused(
    template: dict[str, Any], methods: dict[str, dict[str, Any]]
) -> None:
    validator = only(template, "AWS::ApiGateway::RequestValidator")
    assert (validator["ValidateRequestParameters"], validator["ValidateRequestBody"]) == (True, True)
    validators = resources(template, "AWS::ApiGateway::RequestValidator")
    assert all(method["RequestValidatorId"]["Ref"] in validators for method in methods.values())
    assert methods["GET /requests/{id}"]["RequestParameters"] == {"method.request.path.id": True}


def test_the_account_is_left_alone(template: dict[str, Any]) -> None:
    assert resources(template, "AWS::ApiGateway::Account") == {}
    trusted = [role["AssumeRolePolicyDocument"] for role in resources(template, "AWS::IAM::Role").values()]
    assert "apigateway.amazonaws.com" not in json.dumps(trusted)


def test_the_endpoint_is_regional_and_speaks_tls_1_2_at_least(template: dict[str, Any]) -> None:
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == ("SecurityPolicy_TLS13_1_2_2021_06", "BASIC")


def test_two_apis_do_not_share_a_name_and_so_their_metrics() -> None:
    stack, _ = api_with()
    other = ProtectedApi(stack, "Other")
    other.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    apis = resources(template_of(stack), "AWS::ApiGateway::RestApi").values()
    assert len({api["Name"] for api in apis}) == 2


def deployment_of(stack: Stack) -> str:
    (name,) = resources(template_of(stack), "AWS::ApiGateway::Deployment")
    return name


def test_a_changed_route_is_deployed() -> None:
    unchanged, more = api_with()[0], api_with()
    more[1].route("GET /more", PROBE, auth=Auth.none(reason="liveness probe"))
    assert deployment_of(unchanged) == deployment_of(api_with()[0])
    assert deployment_of(unchanged) != deployment_of(more[0])


def test_other_users_are_deployed() -> None:
    def deployment(users: str) -> str:
        stack = Stack(App(), "Desk")
        pools = {name: cognito.UserPool(stack, name) for name in ("One", "Other")}
        ProtectedApi(stack, "Api", users=pools[users]).route("GET /health", PROBE)
        return deployment_of(stack)

    assert deployment("One") != deployment("Other")


def test_the_url_is_where_api_gateway_answers(template: dict[str, Any]) -> None:
    stack, api = api_with()
    assert stack.resolve(api.url) == stack.resolve(api.rest_api.url)


def test_methods_are_found_by_route() -> None:
    _, api = api_with()
    assert api.methods["GET /health"].http_method == "GET"


def test_a_function_that_outlasts_its_caller_is_warned_of() -> None:
    stack, api = api_with()
    slow = lambda_.Function(
        stack,
        "Slow",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=Duration.seconds(30),
    )
    api.route("GET /slow", slow, auth=Auth.iam())
    api.route("GET /quick", function(stack, "Quick"), auth=Auth.iam())
    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("504 after 29"))
    assert [warning.id for warning in warnings] == ["/Desk/Api/RestApi/Default/slow/GET"]


def test_an_api_that_answers_nothing_is_refused_at_synth() -> None:
    app = App()
    ProtectedApi(Stack(app, "Desk"), "Api")
    with pytest.raises(RuntimeError, match="doesn't contain any methods"):
        app.synth()


@pytest.mark.parametrize(
    ("route", "arguments", "sentence"),
    [
        ("GET /health", {"auth": Auth.iam()}, "route must be added once, got 'GET /health'"),
        ("FETCH /other", {"auth": Auth.iam()}, "the method of a route must be one of"),
        ("GET other", {"auth": Auth.iam()}, "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /other", {}, "auth must say who may call 'GET /other', because the API has no users"),
        ("GET /other", {"auth": Auth.cognito()}, "auth must say who may call 'GET /other'"),
        ("GET /other", {"auth": Auth.iam(), "scopes": ["a"]}, "scopes must be given within auth=Auth.cognito"),
        ("OPTIONS /other", {"auth": Auth.iam()}, "route must leave OPTIONS to cors, which answers it"),
    ],
)
def test_a_bad_route_is_refused_before_anything_is_made(route: str, arguments: dict[str, Any], sentence: str) -> None:
    _, api = api_with(cors="*")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        api.route(route, PROBE, **arguments)
    assert set(api.methods) == {"GET /health"}
    assert api.rest_api.root.get_resource("other") is None
