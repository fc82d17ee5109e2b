"""A directory for a user pool that exists: what it adds, and what it refuses because it would change nothing."""

import re
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito

from constructs_lib import InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.statements import only, resources

ID = "eu-west-1_AbCdEfGhI"


def existing(stack: Stack, **arguments: Any) -> UserDirectory:
    return UserDirectory(stack, "Users", pool=cognito.UserPool.from_user_pool_id(stack, "Existing", ID), **arguments)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "People")
    users = existing(stack, groups=["managers"], scopes={"requests": {"read": "Read"}})
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    users.add_machine_client("Billing", scopes=["requests/read"])
    users.add_identities()
    return template_of(stack)


def test_neither_a_pool_nor_pages_are_made(template: dict[str, Any]) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not kinds & {"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolDomain"}


def test_what_is_made_belongs_to_the_pool(template: dict[str, Any]) -> None:
    for kind in ("Group", "Client", "ResourceServer"):
        made = resources(template, f"AWS::Cognito::UserPool{kind}").values()
        assert {each["UserPoolId"] for each in made} == {ID}
    (provider,) = only(template, "AWS::Cognito::IdentityPool")["CognitoIdentityProviders"]
    assert ID in str(provider["ProviderName"])


def test_the_pools_own_pages_are_not_the_directorys_to_tell() -> None:
    users = existing(Stack(App(), "People"))
    with pytest.raises(AttributeError, match="People/Users has the sign-in pages of its pool"):
        _ = users.domain
    assert users.sign_in_url is None


def test_it_may_be_told_where_they_are() -> None:
    users = existing(Stack(App(), "People"), sign_in_url="https://sign-in.example.com")
    assert users.sign_in_url == "https://sign-in.example.com"


@pytest.mark.parametrize(
    "url",
    ["http://sign-in.example.com", "https://sign-in.example.com/", "https://a.example.com/login", "sign-in", "", 5],
)
def test_an_address_that_is_none_is_refused(url: Any) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match="sign_in_url must be https://HOST, without a slash at its end"):
        existing(stack, sign_in_url=url)
    assert stack.node.try_find_child("Users") is None


def test_the_address_of_pages_that_are_made_is_not_said() -> None:
    stack, url = Stack(App(), "Refused"), "https://sign-in.example.com"
    sentence = "sign_in_url must be left out where the directory makes the sign-in pages"
    with pytest.raises(InvalidArgument, match=sentence):
        UserDirectory(stack, "New", sign_in_url=url)
    with pytest.raises(InvalidArgument, match=sentence):
        existing(stack, sign_in_domain_prefix="purchase-desk", sign_in_url=url)


def test_a_pool_may_be_given_pages() -> None:
    stack = Stack(App(), "People")
    users = existing(stack, sign_in_domain_prefix="purchase-desk")
    domain = only(template_of(stack), "AWS::Cognito::UserPoolDomain")
    assert (domain["Domain"], domain["UserPoolId"]) == ("purchase-desk", ID)
    assert users.sign_in_url == users.domain.base_url()


@pytest.mark.parametrize(
    "arguments",
    [
        {"self_sign_up": True},
        {"mfa": cognito.Mfa.REQUIRED},
        {"passkeys": True},
        {"threat_protection": cognito.StandardThreatProtectionMode.NO_ENFORCEMENT},
        {"deletion_protection": False},
        {"removal_policy": RemovalPolicy.DESTROY},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_settings_of_a_new_pool_are_refused(arguments: dict[str, Any]) -> None:
    stack = Stack(App(), "Refused")
    name = next(iter(arguments))
    sentence = f"{name} must be left out: the pool exists already, and this would not change it, got "
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        existing(stack, **arguments)
    assert stack.node.try_find_child("Users") is None
