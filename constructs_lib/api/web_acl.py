"""The web ACL that a stage's requests pass first."""

import re

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from aws_cdk.interfaces.aws_wafv2 import IWebACLRef
from constructs import Construct

from constructs_lib.api.firewall import Firewall
from constructs_lib.arguments import InvalidArgument, has, is_token, require
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

WebAcl = Firewall | IWebACLRef | str

_SOURCE = "Use AWS WAF to protect your REST APIs in API Gateway"
_ARN = re.compile(r"arn:[\w-]+:wafv2:(?P<region>[\w-]+):\d{12}:(?P<scope>regional|global)/webacl/.+")


def require_near(scope: Construct, web_acl: WebAcl) -> None:
    """Raise `InvalidArgument` for a web ACL that no stage within ``scope`` can be associated with.

    That is one for CloudFront, one in another region as far as that is known, or an ARN of something else.
    """
    is_one = isinstance(web_acl, (Firewall, str)) or has(web_acl, "web_acl_ref")
    require(is_one, "web_acl", "be a web ACL, or the ARN of one", web_acl, _SOURCE)
    is_regional, region = _place_of(web_acl)
    rule = "be of the scope REGIONAL, also for an edge endpoint: CLOUDFRONT is for distributions"
    require(is_regional, "web_acl", rule, _told(web_acl), _SOURCE)
    own = Stack.of(scope).region
    if region and region != own and not is_token([region, own]):
        raise InvalidArgument("web_acl", f"be in {own}, as the API", f"one in {region}", _SOURCE)


def guard(scope: Construct, stage: apigateway.Stage, web_acl: WebAcl | None) -> wafv2.CfnWebACLAssociation | None:
    """Have a web ACL judge the requests of a stage first; without one, say why that is the owner's to choose."""
    if web_acl is None:
        acknowledge(
            stage,
            "AwsSolutions-APIG3",
            *in_compliance_packs("APIGWAssociatedWithWAF"),
            reason="A web ACL is billed by the month and by the request, so the owner asks for it: web_acl=.",
        )
        return None
    return wafv2.CfnWebACLAssociation(
        scope, "WebAclAssociation", resource_arn=stage.stage_arn, web_acl_arn=_arn_of(web_acl)
    )


def _arn_of(web_acl: WebAcl) -> str:
    if isinstance(web_acl, str):
        return web_acl
    return web_acl.web_acl.attr_arn if isinstance(web_acl, Firewall) else web_acl.web_acl_ref.web_acl_arn


def _place_of(web_acl: WebAcl) -> tuple[bool, str | None]:
    """Tell whether a web ACL is for regional resources, and of which region, as far as the app knows."""
    if not isinstance(web_acl, str):
        resource = web_acl.web_acl if isinstance(web_acl, Firewall) else web_acl
        is_regional = not isinstance(resource, wafv2.CfnWebACL) or resource.scope == "REGIONAL"
        return is_regional, resource.env.region
    if is_token(web_acl):
        return True, None
    match = _ARN.fullmatch(web_acl)
    if not match:
        raise InvalidArgument("web_acl", "be a web ACL, or the ARN of one", web_acl, _SOURCE)
    return match["scope"] == "regional", match["region"]


def _told(web_acl: WebAcl) -> str:
    return web_acl if isinstance(web_acl, str) else web_acl.node.path
