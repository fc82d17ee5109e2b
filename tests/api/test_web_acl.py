"""web_acl: what judges the requests of a stage first, and which web ACLs cannot."""

import re
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_wafv2 as wafv2

from constructs_lib import Auth, InvalidArgument, ProtectedApi
from constructs_lib.api.firewall import Firewall
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with
from tests.api.domains import stack_in
from tests.statements import only, resources

ARN = "arn:aws:wafv2:{}:123456789012:{}/webacl/desk/0123-abcd"
ASSOCIATION = "AWS::WAFv2::WebACLAssociation"


def own_acl(stack: Stack, scope: str = "REGIONAL") -> wafv2.CfnWebACL:
    return wafv2.CfnWebACL(
        stack,
        "Acl",
        scope=scope,
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, sampled_requests_enabled=True, metric_name="desk"
        ),
    )


def guarded(stack: Stack, web_acl: Any, **arguments: Any) -> ProtectedApi:
    api = ProtectedApi(stack, "Api", web_acl=web_acl, **arguments)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return api


def test_without_one_nothing_judges() -> None:
    stack, api = api_with()
    assert resources(template_of(stack), ASSOCIATION) == {}
    assert api.web_acl_association is None


@pytest.mark.parametrize("endpoint", ["regional", "edge"])
def test_the_stage_is_associated_with_an_arn(endpoint: str) -> None:
    stack = stack_in(App(), "eu-west-1")
    guarded(stack, ARN.format("eu-west-1", "regional"), endpoint=endpoint)
    template = template_of(stack)
    association = only(template, ASSOCIATION)
    assert association["WebACLArn"] == ARN.format("eu-west-1", "regional")
    parts = association["ResourceArn"]["Fn::Join"][1]
    refs = [part["Ref"] for part in parts if isinstance(part, dict) and part["Ref"] in template["Resources"]]
    kinds = [template["Resources"][name]["Type"] for name in refs]
    assert kinds == ["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"]


def test_or_with_a_web_acl_of_the_app() -> None:
    stack = Stack(App(), "Desk")
    acl = own_acl(stack)
    guarded(stack, acl)
    assert only(template_of(stack), ASSOCIATION)["WebACLArn"] == stack.resolve(acl.attr_arn)


def test_or_with_a_firewall_of_another_stack_for_several_apis() -> None:
    app = App()
    firewall = Firewall(Stack(app, "Shared"), "Firewall")
    for name in ("Desk", "Office"):
        guarded(Stack(app, name), firewall)
    arns = {str(only(template_of(app.node.find_child(name)), ASSOCIATION)["WebACLArn"]) for name in ("Desk", "Office")}  # type: ignore[arg-type]
    (arn,) = arns
    assert "Fn::ImportValue" in arn


def test_one_that_is_known_at_deployment_is_taken() -> None:
    stack = Stack(App(), "Desk")
    guarded(stack, own_acl(stack).attr_arn)
    assert only(template_of(stack), ASSOCIATION)


def test_of_an_api_without_a_region_any_region_is_taken() -> None:
    stack = Stack(App(), "Desk")
    guarded(stack, ARN.format("eu-west-1", "regional"))
    assert only(template_of(stack), ASSOCIATION)


@pytest.mark.parametrize(
    ("arn", "sentence"),
    [
        (ARN.format("us-east-1", "regional"), "web_acl must be in eu-west-1, as the API, got 'one in us-east-1'"),
        (ARN.format("us-east-1", "global"), "web_acl must be of the scope REGIONAL, also for an edge endpoint"),
        ("arn:aws:waf::123456789012:webacl/classic", "web_acl must be a web ACL, or the ARN of one, got 'arn:aws:waf"),
        ("", "web_acl must be a web ACL, or the ARN of one, got ''"),
    ],
)
def test_an_arn_of_a_wrong_one_is_refused_before_anything_is_made(arn: str, sentence: str) -> None:
    stack = stack_in(App(), "eu-west-1")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        ProtectedApi(stack, "Api", web_acl=arn)
    assert stack.node.children == []


def test_a_wrong_one_of_the_app_is_refused() -> None:
    app = App()
    stack, elsewhere = stack_in(app, "eu-west-1"), stack_in(app, "us-east-1", "Elsewhere")
    with pytest.raises(
        InvalidArgument, match=re.escape("of the scope REGIONAL, also for an edge endpoint: CLOUDFRONT")
    ):
        guarded(stack, own_acl(stack, "CLOUDFRONT"))
    for web_acl in (own_acl(elsewhere), Firewall(elsewhere, "Firewall")):
        with pytest.raises(InvalidArgument, match="web_acl must be in eu-west-1, as the API, got 'one in us-east-1'"):
            guarded(stack, web_acl)


def test_one_beside_the_api_is_of_its_region() -> None:
    stack = Stack(App(), "Desk", env=Environment(region="eu-west-1"))
    guarded(stack, own_acl(stack))
    assert only(template_of(stack), ASSOCIATION)
