"""The docs say of the library and its peer what comes out, and each row says it of the template."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cognito_api import NAME, WAYS, Synth, Way, synth, tables
from benchmarks.cognito_api_facts import Template, facts
from benchmarks.cognito_api_systems import ours_with_all
from benchmarks.docs_block import block
from tests.statements import only, resources

PAGE = Path(__file__).parents[2] / "docs" / "api.md"

EXECUTIONS = "API-Gateway-Execution-Logs"


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture(scope="module")
def each(way: Way) -> Synth:
    return synth(way)


@pytest.fixture(scope="module")
def template() -> Template:
    return synth(ours_with_all).template


def test_the_docs_say_what_comes_out() -> None:
    assert block(PAGE, NAME) == tables(), f"run: python -m benchmarks.cognito_api docs/{PAGE.name}"


def test_each_way_makes_the_same_system(each: Synth) -> None:
    """Users with a client, and one function behind any method of any path for who brings their tokens."""
    template = each.template
    (pool,) = resources(template, "AWS::Cognito::UserPool")
    assert only(template, "AWS::Cognito::UserPoolClient")["UserPoolId"] == {"Ref": pool}
    (authorizer,) = resources(template, "AWS::ApiGateway::Authorizer")
    assert only(template, "AWS::ApiGateway::Authorizer")["ProviderARNs"] == [{"Fn::GetAtt": [pool, "Arn"]}]
    function = only(template, "AWS::Lambda::Function")
    assert (function["Runtime"], function["Architectures"], function["Handler"]) == (
        "python3.14",
        ["arm64"],
        "index.handler",
    )
    methods = resources(template, "AWS::ApiGateway::Method").values()
    assert {str(method["ResourceId"]) for method in methods} == set(_root_and_everything_below(template))
    for method in methods:
        assert (method["HttpMethod"], method["Integration"]["Type"]) == ("ANY", "AWS_PROXY")
        assert (method["AuthorizationType"], method["AuthorizerId"]) == ("COGNITO_USER_POOLS", {"Ref": authorizer})


def _root_and_everything_below(template: Template) -> Iterator[str]:
    (api,) = resources(template, "AWS::ApiGateway::RestApi")
    yield str({"Fn::GetAtt": [api, "RootResourceId"]})
    ((path, properties),) = resources(template, "AWS::ApiGateway::Resource").items()
    assert properties["PathPart"] == "{proxy+}"
    yield str({"Ref": path})


@pytest.mark.parametrize(
    ("kind", "change", "row", "before", "after"),
    [
        ("ApiGateway::Method", {"AuthorizationType": "NONE"}, "methods without authorizer", "0", "2"),
        ("ApiGateway::RestApi", {"SecurityPolicy": "TLS_1_2"}, "TLS", "SecurityPolicy_TLS13_1_2_2021_06", "TLS_1_2"),
        ("ApiGateway::Stage", {"MethodSettings": []}, "throttled below the account's limit", "yes", "no"),
        ("ApiGateway::Stage", {"MethodSettings": []}, "access log and execution log of the API", "yes", "no"),
        ("ApiGateway::Stage", {"TracingEnabled": False}, "API and function traced", "yes", "no"),
        ("Lambda::Function", {"TracingConfig": {}}, "API and function traced", "yes", "no"),
        ("Lambda::Function", {"LoggingConfig": {}}, "log groups without an end", "0", "1"),
        ("Cognito::UserPool", {"AdminCreateUserConfig": {}}, "anyone may sign up", "no", "yes"),
        ("Cognito::UserPool", {"Policies": {}}, "passwords", "12 characters or more", "Cognito's default"),
        ("Cognito::UserPool", {"MfaConfiguration": "ON"}, "second factor (TOTP)", "OPTIONAL", "ON"),
        ("Cognito::UserPool", {"UserPoolAddOns": {}}, "threat protection", "ENFORCED", "OFF"),
        ("Cognito::UserPool", {"UserPoolTier": "LITE"}, "feature plan", "PLUS", "LITE"),
        ("Cognito::UserPool", {"DeletionProtection": "INACTIVE"}, "pool protected from deletion", "yes", "no"),
        ("Cognito::UserPoolClient", {"AllowedOAuthFlows": ["implicit"]}, "OAuth grants", "code", "implicit"),
        (
            "Cognito::UserPoolClient",
            {"CallbackURLs": ["a", "b"]},
            "sign-in ends at",
            "`https://desk.example.com/signed-in`",
            "`a`, `b`",
        ),
        (
            "Cognito::UserPoolClient",
            {"GenerateSecret": True},
            "client has a secret, which a page cannot keep",
            "no",
            "yes",
        ),
    ],
)
def test_a_row_follows_its_property(
    template: Template, kind: str, change: dict[str, Any], row: str, before: str, after: str
) -> None:
    changed = deepcopy(template)
    for properties in resources(changed, f"AWS::{kind}").values():
        properties.update(change)
    assert (facts(template)[row], facts(changed)[row]) == (before, after)


@pytest.mark.parametrize(
    ("kind", "row", "before", "after"),
    [
        ("ApiGateway::Method", "methods", "2", "0"),
        ("ApiGateway::RequestValidator", "requests are validated", "yes", "no"),
        ("ApiGateway::Account", "`AWS::ApiGateway::Account`, the singleton", "1", "0"),
        ("ApiGateway::Account", "resources", "21", "20"),
        ("Cognito::UserPoolDomain", "sign-in pages", "yes", "no"),
        # The group of the access log and of the function go with it, and the stage makes its own.
        ("Logs::LogGroup", "log groups without an end", "0", "1"),
    ],
)
def test_a_row_follows_its_resources(template: Template, kind: str, row: str, before: str, after: str) -> None:
    changed = deepcopy(template)
    for name in resources(template, f"AWS::{kind}"):
        del changed["Resources"][name]
    assert (facts(template)[row], facts(changed)[row]) == (before, after)


def test_each_group_without_retention_is_counted(template: Template) -> None:
    changed = deepcopy(template)
    for properties in resources(changed, "AWS::Logs::LogGroup").values():
        del properties["RetentionInDays"]
    assert facts(changed)["log groups without an end"] == "3"


def test_a_stage_that_writes_no_errors_makes_no_group(template: Template) -> None:
    changed = deepcopy(template)
    only(changed, "AWS::ApiGateway::Stage")["MethodSettings"] = []
    for name, properties in resources(template, "AWS::Logs::LogGroup").items():
        if EXECUTIONS in str(properties.get("LogGroupName")):
            del changed["Resources"][name]
    assert facts(changed)["log groups without an end"] == "0"


def test_without_an_access_log_the_api_does_not_log_all(template: Template) -> None:
    changed = deepcopy(template)
    del only(changed, "AWS::ApiGateway::Stage")["AccessLogSetting"]
    assert facts(changed)["access log and execution log of the API"] == "no"


def test_the_counts_are_the_same_in_every_run(way: Way, each: Synth) -> None:
    again = synth(way)
    assert (again.template, again.round_trips) == (each.template, each.round_trips)
