"""UserDirectory.add_web_client: the one way that its apps may sign people in."""

import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_cognito as cognito

from constructs_lib import InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.statements import only, resources

CALLBACK = "https://desk.example.com/signed-in"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users")
    users.add_web_client("Web", callback_urls=[CALLBACK], logout_urls=["https://desk.example.com/"])
    return template_of(stack)


@pytest.fixture(scope="module")
def client(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::Cognito::UserPoolClient")


def client_with(**arguments: Any) -> dict[str, Any]:
    stack = Stack(App(), "People")
    UserDirectory(stack, "Users").add_web_client("Web", **({"callback_urls": [CALLBACK]} | arguments))
    return only(template_of(stack), "AWS::Cognito::UserPoolClient")


def test_the_only_grant_is_the_authorization_code(client: dict[str, Any]) -> None:
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthFlowsUserPoolClient"] is True


def test_no_password_passes_through_the_app(client: dict[str, Any]) -> None:
    # Left out, Cognito would allow SRP and custom flows.
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]


def test_there_is_no_secret_to_leak(client: dict[str, Any]) -> None:
    assert client["GenerateSecret"] is False


def test_people_return_only_to_the_app(client: dict[str, Any]) -> None:
    assert client["CallbackURLs"] == [CALLBACK]
    assert client["LogoutURLs"] == ["https://desk.example.com/"]
    assert client["SupportedIdentityProviders"] == ["COGNITO"]


def test_an_error_does_not_tell_who_has_an_account(client: dict[str, Any]) -> None:
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_a_sign_out_ends_the_refresh_token(client: dict[str, Any]) -> None:
    assert client["EnableTokenRevocation"] is True


def test_tokens_tell_who_someone_is_and_change_nothing_unless_asked(client: dict[str, Any]) -> None:
    assert client["AllowedOAuthScopes"] == ["openid", "email", "profile"]
    assert "aws.cognito.signin.user.admin" in client_with(self_service=True)["AllowedOAuthScopes"]


def test_tokens_live_an_hour_and_are_renewed_for_a_working_day(client: dict[str, Any]) -> None:
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}
    assert (client["AccessTokenValidity"], client["IdTokenValidity"], client["RefreshTokenValidity"]) == (60, 60, 720)


def test_lifetimes_may_be_chosen() -> None:
    client = client_with(
        access_token_validity=Duration.minutes(5),
        id_token_validity=Duration.days(1),
        refresh_token_validity=Duration.days(3650),
    )
    assert (client["AccessTokenValidity"], client["IdTokenValidity"]) == (5, 24 * 60)
    assert client["RefreshTokenValidity"] == 3650 * 24 * 60


def test_each_client_has_a_sign_in_page(template: dict[str, Any]) -> None:
    branding = only(template, "AWS::Cognito::ManagedLoginBranding")
    assert branding["UseCognitoProvidedValues"] is True
    assert branding["ClientId"]["Ref"] in resources(template, "AWS::Cognito::UserPoolClient")


def test_classic_pages_need_no_style() -> None:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users", feature_plan=cognito.FeaturePlan.LITE)
    users.add_web_client("Web", callback_urls=[CALLBACK])
    assert resources(template_of(stack), "AWS::Cognito::ManagedLoginBranding") == {}


def test_clients_are_found_by_id() -> None:
    users = UserDirectory(Stack(App(), "People"), "Users")
    web = users.add_web_client("Web", callback_urls=[CALLBACK])
    phone = users.add_web_client("Phone", callback_urls=["desk://signed-in"])
    assert users.clients == {"Web": web, "Phone": phone}


def test_a_client_may_stand_in_the_stack_whose_address_it_returns_to() -> None:
    app = App()
    people, office = Stack(app, "People"), Stack(app, "Office")
    users = UserDirectory(people, "Users", scopes={"requests": {"read": "Read"}})
    users.add_identities()
    inner = users.add_web_client("Web", callback_urls=[CALLBACK])
    address = CfnParameter(office, "Address").value_as_string
    client = users.add_web_client("Web", scope=office, callback_urls=[address], scopes=["requests/read"])
    app.synth()
    assert Stack.of(client) is office
    assert office.dependencies == [people]
    assert people.dependencies == []
    assert only(template_of(office), "AWS::Cognito::UserPoolClient")["CallbackURLs"] == [{"Ref": "Address"}]
    assert only(template_of(office), "AWS::Cognito::ManagedLoginBranding")["UseCognitoProvidedValues"] is True
    # It gives no credentials: the identity pool would have to wait for its stack.
    assert users.clients == {"Web": inner}
    assert len(only(template_of(people), "AWS::Cognito::IdentityPool")["CognitoIdentityProviders"]) == 1


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/cb", "http://127.0.0.1/cb", "http://[::1]:8000/cb", "desk://signed-in"]
)
def test_an_app_on_this_machine_and_an_app_of_its_own_scheme_may_be_returned_to(url: str) -> None:
    assert client_with(callback_urls=[url])["CallbackURLs"] == [url]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"callback_urls": []}, "the number of callback_urls must be 1 to 100 URLs, got 0 (Quotas in Amazon Cognito)"),
        ({"callback_urls": [f"{CALLBACK}/{n}" for n in range(101)]}, "must be 1 to 100 URLs, got 101"),
        ({"callback_urls": CALLBACK}, "callback_urls must be a list of URLs"),
        ({"callback_urls": ["http://desk.example.com/"]}, "callback_urls must use https, or http to localhost"),
        ({"callback_urls": ["http://localhost.evil.com/"]}, "callback_urls must use https"),
        ({"callback_urls": ["http://localhost@evil.com/"]}, "callback_urls must use https"),
        ({"callback_urls": [CALLBACK, "HTTP://desk.example.com/"]}, "callback_urls must use https"),
        ({"callback_urls": ["/signed-in"]}, "callback_urls must be absolute URLs without a fragment, got '/signed-in'"),
        ({"callback_urls": [""]}, "callback_urls must be absolute URLs"),
        ({"callback_urls": [f"{CALLBACK}#top"]}, "callback_urls must be absolute URLs without a fragment"),
        ({"callback_urls": ["https://[broken/"]}, "callback_urls must be absolute URLs"),
        ({"callback_urls": [f"{CALLBACK} "]}, "callback_urls must be absolute URLs"),
        ({"callback_urls": ["https://*.example.com/"]}, "callback_urls must be whole URLs, without wildcards"),
        ({"callback_urls": ["javascript:alert(1)"]}, "callback_urls must be absolute URLs"),
        ({"logout_urls": ["http://desk.example.com/"]}, "logout_urls must use https"),
        (
            {"access_token_validity": Duration.minutes(4)},
            "access_token_validity must be 300 to 86400 seconds, got 240 (Quotas in Amazon Cognito)",
        ),
        ({"access_token_validity": Duration.hours(25)}, "access_token_validity must be 300 to 86400 seconds"),
        ({"access_token_validity": 60}, "access_token_validity must be a Duration, got 60"),
        ({"access_token_validity": Duration.seconds(330)}, "access_token_validity must be whole minutes, got 330"),
        (
            {"access_token_validity": Duration.millis(1500)},
            "access_token_validity must be 300 to 86400 seconds, got 1.5",
        ),
        ({"refresh_token_validity": Duration.seconds(3630)}, "refresh_token_validity must be whole minutes, got 3630"),
        ({"self_service": "no"}, "self_service must be a bool, got 'no'"),
        ({"id_token_validity": Duration.minutes(4)}, "id_token_validity must be 300 to 86400 seconds"),
        ({"id_token_validity": Duration.days(2)}, "id_token_validity must be 300 to 86400 seconds"),
        ({"refresh_token_validity": Duration.minutes(59)}, "refresh_token_validity must be 3600 to 315360000 seconds"),
        ({"refresh_token_validity": Duration.days(3651)}, "refresh_token_validity must be 3600 to 315360000 seconds"),
        (
            {"id_token_validity": Duration.hours(20)},
            "id_token_validity must not outlast refresh_token_validity, 43200 seconds, got 72000",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    users = UserDirectory(Stack(App(), "Refused"), "Users")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        users.add_web_client("Web", **({"callback_urls": [CALLBACK]} | arguments))
    assert users.node.try_find_child("Web") is None
    assert users.clients == {}


@pytest.mark.parametrize("scope", [5, "Desk", True])
def test_what_is_no_construct_is_no_scope(scope: Any) -> None:
    users = UserDirectory(Stack(App(), "Scoped"), "Users")
    with pytest.raises(InvalidArgument, match="scope must be a construct, got"):
        users.add_web_client("Web", callback_urls=[CALLBACK], scope=scope)
