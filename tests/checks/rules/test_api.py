"""The rules of APIs: who may call them, and what an account has once."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from tests.checks.judged import changed, findings, found, right, stack, template, without

KIND = "Orders.Properties.AuthorizationType"
OPEN = [("API-4", "Orders/Properties/AuthorizationType")]


def without_authorization(path: str = KIND, value: Any = "NONE") -> dict[str, Any]:
    return changed(changed(right("API-4"), KIND, "NONE"), path, value)


@pytest.mark.parametrize("verb", ["GET", "post", "ANY", "HEAD"])
def test_open_method(verb: str) -> None:
    assert found(without_authorization("Orders.Properties.HttpMethod", verb)) == OPEN


def test_method_is_open_by_default() -> None:
    body = without(right("API-4"), KIND)
    assert found(body) == [("API-4", "Orders/Properties")]
    assert found(changed(body, "Orders.Properties.AuthorizerId", "a1b2c3")) == []


def test_an_api_key_is_no_authorization() -> None:
    (finding,) = findings(without_authorization())
    assert finding.message == "Orders (GET) asks for no authorization: whoever knows its address may call it"
    (finding,) = findings(without_authorization("Orders.Properties.ApiKeyRequired", True))
    assert (finding.rule, finding.message) == (
        "API-4",
        "Orders (GET) asks for no authorization: an API key identifies, and proves nothing",
    )


@pytest.mark.parametrize(
    "kind", ["CUSTOM", "COGNITO_USER_POOLS", {"Ref": "Unknown"}, {"Fn::If": ["X", "NONE", "AWS_IAM"]}]
)
def test_method_with_or_perhaps_with_authorization(kind: Any) -> None:
    assert found(changed(right("API-4"), KIND, kind)) == []


@pytest.mark.parametrize("verb", ["OPTIONS", {"Ref": "Unknown"}, 1])
def test_method_that_browsers_or_who_knows_who_ask(verb: Any) -> None:
    assert found(without_authorization("Orders.Properties.HttpMethod", verb)) == []


GUARDS: list[tuple[str, Any]] = [
    ("Policy", {"Statement": []}),
    ("Policy", {"Ref": "Unknown"}),
    ("EndpointConfiguration", {"Ref": "Unknown"}),
    ("EndpointConfiguration", {"Types": [{"Ref": "Unknown"}]}),
    ("EndpointConfiguration", {"Types": {"Ref": "Unknown"}}),
    ("Parameters", {"endpointConfigurationTypes": {"Ref": "Unknown"}}),
    ("Body", {"Fn::Transform": {"Name": "AWS::Include"}}),
    ("Body", {"x-amazon-apigateway-policy": {"Statement": []}}),
    ("BodyS3Location", {"Bucket": "b", "Key": "k"}),
]


@pytest.mark.parametrize(("name", "value"), GUARDS)
def test_api_that_is_or_may_be_guarded(name: str, value: Any) -> None:
    assert found(without_authorization(f"Api.Properties.{name}", value)) == []


@pytest.mark.parametrize("types", [["REGIONAL"], ["EDGE"], []])
def test_public_api(types: list[str]) -> None:
    assert found(without_authorization("Api.Properties.EndpointConfiguration", {"Types": types})) == OPEN


def test_private_api_is_guarded_by_its_network() -> None:
    body = without_authorization("Api.Properties.EndpointConfiguration", {"Types": ["PRIVATE"]})
    assert [rule for rule, _ in found(body)] == ["API-8"]


def test_api_of_another_app() -> None:
    assert found(without_authorization("Orders.Properties.RestApiId", {"Ref": "Unknown"})) == []
    assert found(without_authorization("Orders.Properties.RestApiId", "a1b2c3")) == []


def test_api_of_another_stack() -> None:
    output = {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Api"}}
    method = without(without_authorization("Orders.Properties.RestApiId", output), "Api")
    api: dict[str, Any] = {"Type": "AWS::ApiGateway::RestApi"}
    other = {"Resources": {"Api": api}, "Outputs": {"Api": {"Value": {"Ref": "Api"}}}}
    assert found(method, stack(other, "Other")) == OPEN
    api["Properties"] = {"Policy": {"Statement": []}}
    assert found(method, stack(other, "Other")) == []


@pytest.mark.parametrize("type", ["AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName"])
def test_api_that_only_a_name_with_mutual_tls_leads_to(type: str) -> None:
    name = {"Type": type, "Properties": {"MutualTlsAuthentication": {"TruststoreUri": "s3://trust/store.pem"}}}
    body = without_authorization("Api.Properties.DisableExecuteApiEndpoint", True)
    assert found(body) == OPEN
    assert found(changed(body, "Name", name)) == []
    assert found(changed(without_authorization(), "Name", name)) == OPEN
    still_open = changed(body, "Api.Properties.DisableExecuteApiEndpoint", "false")
    assert found(changed(still_open, "Name", name)) == OPEN


HTTP_API = """
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: orders, ProtocolType: HTTP}
  Orders:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: GET /orders, AuthorizationType: NONE}
"""


@pytest.mark.parametrize(
    ("protocol", "key", "is_open"),
    [
        ("HTTP", "GET /orders", True),
        ("HTTP", "$default", True),
        ("HTTP", "OPTIONS /orders", False),
        ("WEBSOCKET", "$connect", True),
        ("WEBSOCKET", "$default", False),
        ("WEBSOCKET", "order", False),
        ({"Ref": "Unknown"}, "$connect", False),
        ("HTTP", {"Ref": "Unknown"}, False),
    ],
)
def test_routes(protocol: Any, key: Any, is_open: bool) -> None:
    body = changed(template(HTTP_API), "Api.Properties.ProtocolType", protocol)
    body = changed(body, "Orders.Properties.RouteKey", key)
    assert found(body) == (OPEN if is_open else [])
    assert found(changed(body, KIND, "JWT")) == []
    by_default = [("API-4", "Orders/Properties")] if is_open else []
    assert found(without(body, KIND)) == by_default


def with_body(
    operation: Any, verb: str = "get", type: str = "AWS::ApiGateway::RestApi", body: dict[str, Any] | None = None
) -> dict[str, Any]:
    described = {"openapi": "3.0.1", "paths": {"/orders": {verb: operation}}, **(body or {})}
    return {"Resources": {"Api": {"Type": type, "Properties": {"Body": described}}}}


IN_BODY = "Api/Properties/Body/paths/~1orders/"
KEY: dict[str, Any] = {"security": [{"key": []}]}


@pytest.mark.parametrize("type", ["AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"])
def test_operations_of_a_body(type: str) -> None:
    assert found(with_body({}, type=type)) == [("API-4", f"{IN_BODY}get")]
    assert found(with_body({}, "x-amazon-apigateway-any-method", type)) == [
        ("API-4", f"{IN_BODY}x-amazon-apigateway-any-method")
    ]
    assert found(with_body({"security": []}, type=type, body=KEY)) == [("API-4", f"{IN_BODY}get/security")]
    for verb in ("head", "post", "put", "patch", "delete"):
        assert found(with_body({}, verb, type)) == [("API-4", f"{IN_BODY}{verb}")]
    for verb in ("options", "parameters", "x-other"):
        assert found(with_body({}, verb, type)) == []


@pytest.mark.parametrize(
    "body",
    [
        with_body({}, body=KEY),
        with_body(KEY),
        with_body({"security": {"Ref": "Unknown"}}),
        with_body({"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}),
        with_body({"security": [], "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}),
        with_body({"Fn::Transform": {"Name": "AWS::Include"}}),
        with_body({}, body={"x-amazon-apigateway-policy": {"Statement": []}}),
        with_body("odd"),
        with_body(None),
        with_body({"Ref": "AWS::NoValue"}),
        with_body({}, body={"paths": ["odd"]}),
    ],
)
def test_operations_of_a_body_that_ask_or_may_ask(body: dict[str, Any]) -> None:
    assert found(body) == []


POOLS = "SignedIn.Properties.ProviderARNs"


def test_authorizer_without_a_pool() -> None:
    assert found(without(right("API-5"), POOLS)) == [("API-5", "SignedIn/Properties")]
    assert found(changed(right("API-5"), POOLS, [])) == [("API-5", "SignedIn/Properties/ProviderARNs")]
    assert found(changed(right("API-5"), POOLS, [{"Ref": "AWS::NoValue"}])) == [
        ("API-5", "SignedIn/Properties/ProviderARNs")
    ]


@pytest.mark.parametrize("kind", ["REQUEST", "TOKEN", {"Ref": "Unknown"}])
def test_authorizer_of_another_kind(kind: Any) -> None:
    assert found(changed(without(right("API-5"), POOLS), "SignedIn.Properties.Type", kind)) == []


@pytest.mark.parametrize("pool", [{"Ref": "Users"}, {"Fn::GetAtt": "Users.ProviderName"}])
def test_pool_that_is_named_not_by_its_arn(pool: Any) -> None:
    assert found(changed(right("API-5"), POOLS, [pool])) == [("API-5", "SignedIn/Properties/ProviderARNs/0")]


@pytest.mark.parametrize(
    "pools",
    [
        {"Ref": "Unknown"},
        [{"Ref": "Unknown"}],
        [{"Fn::ImportValue": "pool"}],
        ["arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_a1b2c3"],
        [{"Ref": "Api"}],
        {"Fn::GetAtt": ["Users", "Arn"]},
    ],
)
def test_pool_that_may_be_right(pools: Any) -> None:
    assert found(changed(right("API-5"), POOLS, pools)) == []


ACCOUNT: dict[str, Any] = {"Type": "AWS::ApiGateway::Account"}
TWICE = [("API-7", "Account/Properties")]


def with_account(region: str = "eu-west-1", account: str = "111122223333", name: str = "Other", **more: Any) -> Stack:
    return stack({"Resources": {"Account": {**ACCOUNT, **more}}}, name, region=region, account=account)


def test_two_accounts_in_one_stack() -> None:
    (finding,) = findings(changed(right("API-7"), "Account", ACCOUNT))
    assert (finding.rule, finding.logical_id) == ("API-7", "Account")
    assert finding.message == "Account and OfOrders of the stack Stack set the same: the last deployed wins"


def test_two_accounts_in_two_stacks() -> None:
    here = stack(right("API-7"), account="111122223333")
    assert found(here, with_account()) == TWICE
    assert found(here, with_account("us-east-1")) == []
    assert found(here, with_account(account="444455556666")) == []
    assert found(stack(right("API-7"), account="111122223333", region=""), with_account(region="")) == []
    assert found(right("API-7"), with_account(account="")) == []


def test_an_account_in_a_nested_stack() -> None:
    body = changed(right("API-7"), "Nested", {"Type": "AWS::CloudFormation::Stack"})
    parent, child = stack(body), with_account(account="")
    Assembly([parent, child])
    child.parent = parent.resources["Nested"]
    assert found(parent, child) == TWICE


def test_an_account_that_a_condition_may_leave_out() -> None:
    conditional = {**ACCOUNT, "Condition": "Live"}
    assert found(changed(right("API-7"), "Account", conditional)) == []


UNGUARDED = [("API-8", "Api/Properties")]


def test_private_api_without_a_policy() -> None:
    assert found(without(right("API-8"), "Api.Properties.Policy")) == UNGUARDED
    body = without(without(right("API-8"), "Api.Properties.Policy"), "Api.Properties.EndpointConfiguration")
    assert found(body) == []
    parameters = {"endpointConfigurationTypes": "PRIVATE"}
    assert found(changed(body, "Api.Properties.Parameters", parameters)) == UNGUARDED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Policy", {"Ref": "Unknown"}),
        ("Body", {"Ref": "Unknown"}),
        ("Body", {"x-amazon-apigateway-policy": {"Statement": []}}),
        ("BodyS3Location", {"Bucket": "b", "Key": "k"}),
        ("CloneFrom", "a1b2c3"),
        ("EndpointConfiguration", {"Ref": "Unknown"}),
        ("EndpointConfiguration", {"Types": ["REGIONAL"]}),
        ("EndpointConfiguration", "PRIVATE"),
    ],
)
def test_api_that_needs_or_perhaps_has_no_policy(name: str, value: Any) -> None:
    assert found(changed(without(right("API-8"), "Api.Properties.Policy"), f"Api.Properties.{name}", value)) == []


def test_a_body_without_a_policy() -> None:
    body = without(right("API-8"), "Api.Properties.Policy")
    assert found(changed(body, "Api.Properties.Body", {"paths": {}})) == UNGUARDED
