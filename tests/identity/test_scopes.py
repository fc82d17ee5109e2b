"""Scopes of a directory's own, and the clients that have them: machines that act on their own, and apps of people."""

import re
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack

from constructs_lib import InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.statements import only, resources

CALLBACK = "https://desk.example.com/signed-in"
SCOPES = {"requests": {"read": "Read requests", "write": "Make requests"}, "https://pay.example.com/v1": {"pay": "Pay"}}
CLIENT, SERVER = "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolResourceServer"


def directory() -> UserDirectory:
    return UserDirectory(Stack(App(), "People"), "Users", scopes=SCOPES)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    users = directory()
    users.add_machine_client("Billing", scopes=["requests/read", "https://pay.example.com/v1/pay"])
    return template_of(Stack.of(users))


@pytest.fixture(scope="module")
def machine(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, CLIENT)


def test_each_api_has_its_scopes(template: dict[str, Any]) -> None:
    servers = {server["Identifier"]: server["Scopes"] for server in resources(template, SERVER).values()}
    assert servers == {
        "requests": [
            {"ScopeName": "read", "ScopeDescription": "Read requests"},
            {"ScopeName": "write", "ScopeDescription": "Make requests"},
        ],
        "https://pay.example.com/v1": [{"ScopeName": "pay", "ScopeDescription": "Pay"}],
    }


def test_an_api_that_is_a_url_is_called_what_cognito_can_call_it(template: dict[str, Any]) -> None:
    names = {server["Identifier"]: server["Name"] for server in resources(template, SERVER).values()}
    assert names == {"requests": "requests", "https://pay.example.com/v1": "https---pay.example.com-v1"}


def test_scopes_are_written_as_tokens_have_them() -> None:
    users = directory()
    assert users.scopes == ["requests/read", "requests/write", "https://pay.example.com/v1/pay"]
    assert set(users.resource_servers) == set(SCOPES)


def test_a_machine_has_a_secret_and_no_way_to_sign_anybody_in(machine: dict[str, Any]) -> None:
    assert machine["GenerateSecret"] is True
    assert machine["AllowedOAuthFlows"] == ["client_credentials"]
    assert machine["AllowedOAuthFlowsUserPoolClient"] is True
    assert machine["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert "CallbackURLs" not in machine
    assert machine["EnableTokenRevocation"] is True


def test_nothing_in_the_template_reads_the_secret(template: dict[str, Any]) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not any(kind.startswith(("Custom::", "AWS::Lambda", "AWS::CloudFormation::Custom")) for kind in kinds)
    assert "ClientSecret" not in str(template)


def test_a_machine_has_just_its_scopes_and_they_are_there_before_it(template: dict[str, Any]) -> None:
    (client,) = (each for each in template["Resources"].values() if each["Type"] == CLIENT)
    assert client["Properties"]["AllowedOAuthScopes"] == ["requests/read", "https://pay.example.com/v1/pay"]
    assert set(resources(template, SERVER)) <= set(client["DependsOn"])


def test_a_machines_tokens_live_an_hour_unless_asked(machine: dict[str, Any]) -> None:
    assert (machine["AccessTokenValidity"], machine["TokenValidityUnits"]["AccessToken"]) == (60, "minutes")
    users = directory()
    users.add_machine_client("Nightly", scopes=["requests/read"], access_token_validity=Duration.minutes(5))
    assert only(template_of(Stack.of(users)), CLIENT)["AccessTokenValidity"] == 5


def test_a_machine_has_no_page_and_no_identity() -> None:
    users = directory()
    machine = users.add_machine_client("Billing", scopes=["requests/read"])
    web = users.add_web_client("Web", callback_urls=[CALLBACK])
    users.add_identities()
    users.add_machine_client("Nightly", scopes=["requests/read"])
    assert (users.clients["Billing"], users.clients["Web"]) == (machine, web)
    template = template_of(Stack.of(users))
    (page,) = resources(template, "AWS::Cognito::ManagedLoginBranding").values()
    (provider,) = only(template, "AWS::Cognito::IdentityPool")["CognitoIdentityProviders"]
    assert page["ClientId"] == provider["ClientId"]
    assert template["Resources"][page["ClientId"]["Ref"]]["Properties"]["GenerateSecret"] is False


def test_an_app_of_people_may_have_scopes_too() -> None:
    users = directory()
    users.add_web_client("Web", callback_urls=[CALLBACK], scopes=["requests/write"])
    template = template_of(Stack.of(users))
    (client,) = (each for each in template["Resources"].values() if each["Type"] == CLIENT)
    assert client["Properties"]["AllowedOAuthScopes"] == ["openid", "email", "profile", "requests/write"]
    (server,) = (name for name, each in resources(template, SERVER).items() if each["Identifier"] == "requests")
    assert client["DependsOn"] == [server]


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [
        ({"": {"read": "Read"}}, "the length of the API '' must be 1 to 256 characters, got 0"),
        (
            {"a" * 257: {"read": "Read"}},
            "must be 1 to 256 characters, got 257 (Amazon Cognito ResourceServerScopeType)",
        ),
        ({"two words": {"read": "Read"}}, "scopes must be of APIs without spaces"),
        (
            {"requests": {}},
            "the number of scopes['requests'] must be 1 to 100 scopes, got 0 (Quotas in Amazon Cognito)",
        ),
        ({"requests": {f"s{n}": "Some" for n in range(101)}}, "must be 1 to 100 scopes, got 101"),
        ({f"api{n}": {"read": "Read"} for n in range(26)}, "must be 0 to 25 resource servers, got 26"),
        ({"requests": {"": "Nothing"}}, "the length of the scope '' must be 1 to 256 characters"),
        ({"requests": {"s" * 257: "Long"}}, "must be 1 to 256 characters, got 257"),
        ({"requests": {"read/all": "Read"}}, "scopes must have names without spaces, slashes"),
        ({"requests": {"read": ""}}, "the length of what 'read' is for must be 1 to 256 characters, got 0"),
    ],
)
def test_scopes_that_cognito_refuses_are_refused_before_anything_is_made(scopes: Any, sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        UserDirectory(stack, "Users", scopes=scopes)
    assert stack.node.children == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"scopes": []}, "the number of scopes must be 1 to 50 scopes, got 0 (Quotas in Amazon Cognito)"),
        ({"scopes": ["requests/read"] * 51}, "the number of scopes must be 1 to 50 scopes, got 51"),
        ({"scopes": "requests/read"}, "scopes must be a list of scopes"),
        ({"scopes": ["requests/delete"]}, "scopes must be of the directory's own: requests/read, requests/write, "),
        ({"scopes": ["openid"]}, "got 'openid'"),
        ({"access_token_validity": Duration.minutes(4)}, "access_token_validity must be 300 to 86400 seconds, got 240"),
        ({"access_token_validity": Duration.seconds(330)}, "access_token_validity must be whole minutes, got 330"),
        ({"access_token_validity": 60}, "access_token_validity must be a Duration, got 60"),
        ({"access_token_validity": Duration.hours(25)}, "access_token_validity must be 300 to 86400 seconds"),
    ],
)
def test_a_machine_that_cognito_refuses_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    users = directory()
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        users.add_machine_client("Billing", **({"scopes": ["requests/read"]} | arguments))
    assert users.clients == {}
    assert users.node.try_find_child("Billing") is None


def test_people_cannot_be_given_a_scope_that_is_not_there() -> None:
    users = UserDirectory(Stack(App(), "People"), "Users")
    with pytest.raises(
        InvalidArgument, match="scopes must be of the directory's own: it has none, got 'requests/read'"
    ):
        users.add_web_client("Web", callback_urls=[CALLBACK], scopes=["requests/read"])
    assert users.clients == {}
