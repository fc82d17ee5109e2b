"""Passkeys and threat protection, where the feature plan has them."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cognito as cognito

from constructs_lib import InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.statements import only

Mode = cognito.StandardThreatProtectionMode
LITE, PLUS = cognito.FeaturePlan.LITE, cognito.FeaturePlan.PLUS


def template(**arguments: Any) -> dict[str, Any]:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users", **arguments)
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    return template_of(stack)


def pool(**arguments: Any) -> dict[str, Any]:
    return only(template(**arguments), "AWS::Cognito::UserPool")


def test_there_are_no_passkeys_unless_asked() -> None:
    assert "SignInPolicy" not in pool()["Policies"]
    assert not any(name.startswith("WebAuthn") for name in pool())


def test_a_passkey_is_one_more_way_in_and_counts_as_two_factors() -> None:
    made = template(passkeys=True)
    with_passkeys = only(made, "AWS::Cognito::UserPool")
    assert set(with_passkeys["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]) == {"PASSWORD", "WEB_AUTHN"}
    assert with_passkeys["WebAuthnUserVerification"] == "required"
    assert with_passkeys["WebAuthnFactorConfiguration"] == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    flows = only(made, "AWS::Cognito::UserPoolClient")["ExplicitAuthFlows"]
    assert set(flows) == {"ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def test_without_a_second_factor_a_passkey_is_the_one() -> None:
    assert "WebAuthnFactorConfiguration" not in pool(passkeys=True, mfa=cognito.Mfa.OFF)


def test_threats_may_be_noted_only() -> None:
    add_ons = pool(feature_plan=PLUS, threat_protection=Mode.AUDIT_ONLY)["UserPoolAddOns"]
    assert add_ons == {"AdvancedSecurityMode": "AUDIT"}


def test_another_plan_can_be_told_that_it_has_no_protection() -> None:
    assert "UserPoolAddOns" not in pool(threat_protection=Mode.NO_ENFORCEMENT)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"passkeys": True, "feature_plan": LITE}, "feature_plan must be Essentials or Plus for passkeys, got "),
        ({"threat_protection": Mode.AUDIT_ONLY}, "feature_plan must be Plus for threat protection, got "),
        ({"threat_protection": Mode.FULL_FUNCTION, "feature_plan": LITE}, "(User pool feature plans)"),
    ],
)
def test_what_the_plan_has_not_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        UserDirectory(stack, "Users", **arguments)
    assert stack.node.children == []
