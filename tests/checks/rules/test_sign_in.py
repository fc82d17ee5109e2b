"""The rules of signing in."""

from typing import Any

import pytest

from constructs_lib.checks.model.severity import ERROR, WARNING
from tests.checks.judged import changed, findings, found, right, stack, without

OAUTH = "Web.Properties.AllowedOAuthFlows"
UNKNOWN: list[Any] = [{"Ref": "Unknown"}, {"Fn::If": ["Any", "implicit", "code"]}, None, 1, {}]


@pytest.mark.parametrize("flows", [["implicit"], ["code", "implicit"], "implicit"])
def test_the_implicit_grant(flows: Any) -> None:
    [finding] = findings(changed(right("COG-5"), OAUTH, flows))
    assert (finding.rule, finding.severity) == ("COG-5", ERROR)
    assert finding.location.startswith("/Resources/Web/Properties/AllowedOAuthFlows")


@pytest.mark.parametrize("pool", [{"Ref": "Other"}, "eu-west-1_aaaaaaaaa", None])
def test_the_implicit_grant_in_a_pool_without_a_domain_is_a_warning(pool: Any) -> None:
    body = changed(right("COG-5"), OAUTH, ["implicit"])
    body = without(body, "SignIn") if pool is None else changed(body, "SignIn.Properties.UserPoolId", pool)
    assert [each.severity for each in findings(body)] == [WARNING]


@pytest.mark.parametrize("flows", [["code"], ["client_credentials"], [], *UNKNOWN, [UNKNOWN[0]], [UNKNOWN[1]]])
def test_other_grants(flows: Any) -> None:
    assert found(changed(right("COG-5"), OAUTH, flows)) == []


@pytest.mark.parametrize(
    ("flag", "is_found"), [("true", True), (False, False), ({"Ref": "Unknown"}, False), (None, False)]
)
def test_a_client_without_oauth(flag: Any, is_found: bool) -> None:
    body = changed(right("COG-5"), OAUTH, ["implicit"])
    assert bool(found(changed(body, "Web.Properties.AllowedOAuthFlowsUserPoolClient", flag))) == is_found


@pytest.mark.parametrize(
    "flow",
    ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"],
)
def test_password_flows_are_warnings(flow: str) -> None:
    [finding] = findings(changed(right("COG-5"), "Web.Properties.ExplicitAuthFlows.1", flow))
    assert (finding.rule, finding.severity) == ("COG-5", WARNING)
    assert finding.location == "/Resources/Web/Properties/ExplicitAuthFlows/1"


@pytest.mark.parametrize("flow", ["ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY", *UNKNOWN])
def test_other_flows(flow: Any) -> None:
    assert found(changed(right("COG-5"), "Web.Properties.ExplicitAuthFlows.1", flow)) == []


ACTION = [("COG-6", "Secure/Properties/DefaultActions/0")]
ACTIONS = "Secure.Properties.DefaultActions"


@pytest.mark.parametrize("kind", ["authenticate-cognito", "authenticate-oidc"])
def test_signing_in_without_tls(kind: str) -> None:
    body = changed(right("COG-6"), f"{ACTIONS}.0.Type", kind)
    assert found(changed(body, "Secure.Properties.Protocol", "HTTP")) == ACTION


@pytest.mark.parametrize(
    "protocol", ["HTTPS", "TLS", {"Ref": "Unknown"}, {"Fn::If": ["Any", "HTTP", "HTTPS"]}, None, []]
)
def test_another_protocol(protocol: Any) -> None:
    assert found(changed(right("COG-6"), "Secure.Properties.Protocol", protocol)) == []


@pytest.mark.parametrize("kind", ["forward", "redirect", {"Ref": "Unknown"}, None])
def test_a_listener_that_signs_nobody_in(kind: Any) -> None:
    body = changed(right("COG-6"), "Secure.Properties.Protocol", "HTTP")
    assert found(changed(body, f"{ACTIONS}.0.Type", kind)) == []


def ruled(listener: Any) -> dict[str, Any]:
    """Move the example's actions to a rule."""
    body = right("COG-6")
    actions = body["Resources"]["Secure"]["Properties"]["DefaultActions"]
    body = changed(body, ACTIONS, actions[1:])
    properties = {"ListenerArn": listener, "Actions": actions}
    return changed(body, "Rule", {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": properties})


def test_the_rule_of_a_listener() -> None:
    body = ruled({"Ref": "Secure"})
    assert found(body) == []
    assert found(changed(body, "Secure.Properties.Protocol", "HTTP")) == [("COG-6", "Rule/Properties/Actions/0")]


@pytest.mark.parametrize(
    "listener", [{"Ref": "Unknown"}, {"Fn::ImportValue": "x"}, "arn:aws:elasticloadbalancing:x", None]
)
def test_the_rule_of_a_listener_that_is_not_known(listener: Any) -> None:
    assert found(changed(ruled(listener), "Secure.Properties.Protocol", "HTTP")) == []


def test_the_rule_of_a_listener_of_another_stack() -> None:
    body = changed(ruled({"Fn::ImportValue": "listener"}), "Secure.Properties.Protocol", "HTTP")
    other = without(body, "Rule")
    other["Outputs"] = {"Listener": {"Value": {"Ref": "Secure"}, "Export": {"Name": "listener"}}}
    assert found(stack(other, "Balancer"), without(body, "Secure")) == [("COG-6", "Rule/Properties/Actions/0")]
