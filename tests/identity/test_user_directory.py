"""UserDirectory: who gets in, with what, and what no accident takes away."""

import re
from typing import Any

import pytest
from aws_cdk import App, Environment, NestedStack, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito

from constructs_lib import InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.statements import only, resources

ACCOUNT = Environment(account="123456789012", region="eu-west-1")


@pytest.fixture(scope="module")
def stack() -> Stack:
    stack = Stack(App(), "People", env=ACCOUNT)
    UserDirectory(stack, "Users", groups=["managers", "buyers/office"])
    return stack


@pytest.fixture(scope="module")
def template(stack: Stack) -> dict[str, Any]:
    return template_of(stack)


@pytest.fixture(scope="module")
def pool(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::Cognito::UserPool")


def pool_with(**arguments: Any) -> dict[str, Any]:
    stack = Stack(App(), "People")
    UserDirectory(stack, "Users", **arguments)
    return only(template_of(stack), "AWS::Cognito::UserPool")


def prefix_of(stack: Stack) -> Any:
    return only(template_of(stack), "AWS::Cognito::UserPoolDomain")["Domain"]


def test_people_sign_in_by_email_however_they_write_it(pool: dict[str, Any]) -> None:
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert {"Name": "email", "Required": True, "Mutable": True} in pool["Schema"]


def test_only_administrators_add_people_unless_asked(pool: dict[str, Any]) -> None:
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool_with(self_sign_up=True)["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}


def test_an_address_counts_once_it_is_verified(pool: dict[str, Any]) -> None:
    assert pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}


def test_a_lost_password_comes_back_by_email_alone(pool: dict[str, Any]) -> None:
    assert pool["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}


def test_passwords_are_long_and_mixed(pool: dict[str, Any]) -> None:
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 12,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }


def test_a_second_factor_is_an_authenticator_app_and_never_a_text_message(pool: dict[str, Any]) -> None:
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
    required = pool_with(mfa=cognito.Mfa.REQUIRED)
    assert (required["MfaConfiguration"], required["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool_with(mfa=cognito.Mfa.OFF)["MfaConfiguration"] == "OFF"


def test_the_plus_plan_brings_threat_protection_and_the_others_cannot(pool: dict[str, Any]) -> None:
    assert pool["UserPoolTier"] == "ESSENTIALS"
    assert "UserPoolAddOns" not in pool
    plus = pool_with(feature_plan=cognito.FeaturePlan.PLUS)
    assert (plus["UserPoolTier"], plus["UserPoolAddOns"]) == ("PLUS", {"AdvancedSecurityMode": "ENFORCED"})


def test_no_accident_deletes_the_accounts(template: dict[str, Any], pool: dict[str, Any]) -> None:
    assert pool["DeletionProtection"] == "ACTIVE"
    (resource,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::Cognito::UserPool")
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_trial_may_be_deleted() -> None:
    stack = Stack(App(), "Trial")
    UserDirectory(stack, "Users", deletion_protection=False, removal_policy=RemovalPolicy.DESTROY)
    template = template_of(stack)
    assert only(template, "AWS::Cognito::UserPool")["DeletionProtection"] == "INACTIVE"
    assert {each["Type"]: each.get("DeletionPolicy") for each in template["Resources"].values()}[
        "AWS::Cognito::UserPool"
    ] == "Delete"


def test_the_groups_exist_in_the_order_of_their_precedence(template: dict[str, Any]) -> None:
    groups = resources(template, "AWS::Cognito::UserPoolGroup").values()
    assert [(group["GroupName"], group["Precedence"]) for group in groups] == [("managers", 0), ("buyers/office", 1)]
    pools = resources(template, "AWS::Cognito::UserPool")
    assert all(group["UserPoolId"]["Ref"] in pools for group in groups)


def test_groups_are_found_by_name() -> None:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users", groups=["managers"])
    assert users.groups["managers"].group_name == "managers"


def test_the_derived_sign_in_address_is_one_that_cognito_takes(template: dict[str, Any]) -> None:
    prefix = only(template, "AWS::Cognito::UserPoolDomain")["Domain"]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", prefix)
    assert prefix.endswith("-123456789012")
    assert not any(word in prefix for word in ("aws", "amazon", "cognito"))


def test_no_two_directories_derive_the_same_sign_in_address() -> None:
    app = App()
    one, other = Stack(app, "One", env=ACCOUNT), Stack(app, "Other", env=ACCOUNT)
    UserDirectory(one, "Users")
    UserDirectory(other, "Users")
    # A colleague's deployment of the same app in the same account, under another stack name.
    colleague = Stack(App(), "One", stack_name="One-of-a-colleague", env=ACCOUNT)
    UserDirectory(colleague, "Users")
    assert len({prefix_of(one), prefix_of(other), prefix_of(colleague)}) == 3


def test_two_directories_of_a_stack_have_an_address_each() -> None:
    stack = Stack(App(), "People", env=ACCOUNT)
    UserDirectory(stack, "Employees")
    UserDirectory(stack, "Customers")
    domains = resources(template_of(stack), "AWS::Cognito::UserPoolDomain").values()
    assert len({domain["Domain"] for domain in domains}) == 2


def test_two_deployments_of_a_nested_directory_have_an_address_each() -> None:
    prefixes = set()
    for name in ("One", "One-of-a-colleague"):
        nested = NestedStack(Stack(App(), "One", stack_name=name, env=ACCOUNT), "People")
        domain = UserDirectory(nested, "Users").domain.node.default_child
        assert isinstance(domain, cognito.CfnUserPoolDomain)
        prefixes.add(domain.domain)
    assert len(prefixes) == 2
    assert all(prefix.endswith("-123456789012") for prefix in prefixes)


def test_the_derived_sign_in_address_stays_the_same_at_each_synth(template: dict[str, Any]) -> None:
    again = Stack(App(), "People", env=ACCOUNT)
    UserDirectory(again, "Users")
    assert prefix_of(again) == only(template, "AWS::Cognito::UserPoolDomain")["Domain"]


def test_a_sign_in_address_may_be_chosen() -> None:
    stack = Stack(App(), "People")
    UserDirectory(stack, "Users", sign_in_domain_prefix="purchase-desk")
    assert prefix_of(stack) == "purchase-desk"


def test_the_sign_in_pages_are_those_of_the_plan(template: dict[str, Any]) -> None:
    assert only(template, "AWS::Cognito::UserPoolDomain")["ManagedLoginVersion"] == 2
    lite = Stack(App(), "People")
    UserDirectory(lite, "Users", feature_plan=cognito.FeaturePlan.LITE)
    assert only(template_of(lite), "AWS::Cognito::UserPoolDomain")["ManagedLoginVersion"] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"groups": "managers"}, "groups must be a list of names, got 'managers' (Amazon Cognito CreateGroup)"),
        ({"groups": {"a", "b"}}, "groups must be a list of names, got {"),
        ({"groups": [5]}, "groups must be a str, got 5"),
        ({"self_sign_up": "no"}, "self_sign_up must be a bool, got 'no' (constructs_lib.UserDirectory)"),
        ({"passkeys": "no"}, "passkeys must be a bool, got 'no'"),
        ({"deletion_protection": "no"}, "deletion_protection must be a bool, got 'no'"),
        ({"groups": [""]}, "the length of the group '' must be 1 to 128 characters, got 0"),
        ({"groups": ["m" * 129]}, "must be 1 to 128 characters, got 129"),
        ({"groups": ["two words"]}, "groups must have names without spaces, got 'two words'"),
        ({"groups": ["ops,eu"]}, "groups must have names without commas and brackets, got 'ops,eu'"),
        ({"groups": ["[managers]"]}, "groups must have names without commas and brackets"),
        ({"groups": ["line\nbreak"]}, "groups must have names without spaces"),
        ({"groups": ["zero\u200bwidth"]}, "groups must have names without spaces"),
        ({"groups": ["a", "b", "a"]}, "groups must name each group once, got ['a', 'b', 'a']"),
        ({"sign_in_domain_prefix": ""}, "sign_in_domain_prefix must be 1 to 63 lower-case letters"),
        ({"sign_in_domain_prefix": "Desk"}, "sign_in_domain_prefix must be 1 to 63 lower-case letters"),
        ({"sign_in_domain_prefix": "-desk"}, "sign_in_domain_prefix must be 1 to 63 lower-case letters"),
        ({"sign_in_domain_prefix": "desk.evil.com"}, "sign_in_domain_prefix must be 1 to 63 lower-case letters"),
        ({"sign_in_domain_prefix": "d" * 64}, "sign_in_domain_prefix must be 1 to 63 lower-case letters"),
        ({"sign_in_domain_prefix": "my-aws-desk"}, "sign_in_domain_prefix must not contain aws, amazon, cognito"),
        ({"sign_in_domain_prefix": "amazondesk"}, "sign_in_domain_prefix must not contain aws, amazon, cognito"),
        ({"sign_in_domain_prefix": "cognito"}, "sign_in_domain_prefix must not contain aws, amazon, cognito"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        UserDirectory(stack, "Users", **arguments)
    assert stack.node.children == []


def test_names_in_other_scripts_are_names() -> None:
    stack = Stack(App(), "People")
    assert set(UserDirectory(stack, "Users", groups=["Führung", "経理"]).groups) == {"Führung", "経理"}
