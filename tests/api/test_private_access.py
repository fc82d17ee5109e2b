"""The way to a private API: which VPC endpoints lead to it, who may use them, and that nothing else leads there."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from constructs_lib import Auth, InvalidArgument, ProtectedApi
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with
from tests.api.networks import ISOLATED, WITH_EGRESS, imported_endpoint, imported_vpc
from tests.api.test_protected_api import deployment_of
from tests.items.test_item_table import function
from tests.statements import only, resources

ENDPOINT, GROUP = "AWS::EC2::VPCEndpoint", "AWS::EC2::SecurityGroup"
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"


def in_vpc(stack: Stack, **subnets: Any) -> ProtectedApi:
    api = ProtectedApi(stack, "Api", endpoint="private", vpc=imported_vpc(stack, **subnets))
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return api


def through(stack: Stack, *endpoints: ec2.IInterfaceVpcEndpoint) -> ProtectedApi:
    api = ProtectedApi(stack, "Api", endpoint="private", vpc_endpoints=endpoints)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return api


def caller_in(stack: Stack, vpc: ec2.IVpc | None, id: str = "Caller", **arguments: Any) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED) if vpc else None,
        **arguments,
    )


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    in_vpc(stack)
    return template_of(stack)


def test_an_endpoint_is_made_in_isolated_subnets(made: dict[str, Any]) -> None:
    endpoint = only(made, ENDPOINT)
    assert endpoint["ServiceName"]["Fn::Join"][1][-1] == ".execute-api"
    assert (endpoint["VpcEndpointType"], endpoint["SubnetIds"]) == ("Interface", ISOLATED)
    assert only(made, "AWS::ApiGateway::RestApi")["EndpointConfiguration"] == {
        "Types": ["PRIVATE"],
        "VpcEndpointIds": [{"Ref": name} for name in resources(made, ENDPOINT)],
    }


def test_or_in_private_ones() -> None:
    stack = Stack(App(), "Desk")
    in_vpc(stack, isolated=None, with_egress=WITH_EGRESS)
    assert only(template_of(stack), ENDPOINT)["SubnetIds"] == WITH_EGRESS


def test_and_never_in_public_ones() -> None:
    with pytest.raises(InvalidArgument, match="vpc must have isolated or private subnets"):
        in_vpc(Stack(App(), "Desk"), isolated=None)


def test_it_takes_the_names_of_no_other_api_over(made: dict[str, Any]) -> None:
    assert only(made, ENDPOINT)["PrivateDnsEnabled"] is False


def test_it_lets_nobody_in_or_out(made: dict[str, Any]) -> None:
    group = only(made, GROUP)
    assert "SecurityGroupIngress" not in group
    # The CDK's way to write no rule, which would be all of them.
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]
    assert resources(made, INGRESS) == {}
    assert only(made, ENDPOINT)["SecurityGroupIds"] == [
        {"Fn::GetAtt": [name, "GroupId"]} for name in resources(made, GROUP)
    ]


def test_it_leads_to_this_accounts_apis_and_domains_only(made: dict[str, Any]) -> None:
    (statement,) = only(made, ENDPOINT)["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    joined = [resource["Fn::Join"][1] for resource in statement["Resource"]]
    for parts in joined:
        assert parts[:-1] == ["arn:", {"Ref": "AWS::Partition"}, ":execute-api:", *parts[3:-1]]
        assert parts[3:6] == [{"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    assert [parts[-1] for parts in joined] == [":*/prod/*", ":/domainnames/*"]


def test_its_url_leads_through_it_without_private_dns() -> None:
    stack = Stack(App(), "Desk")
    api = in_vpc(stack)
    names = template_of(stack)
    ((api_id,), (endpoint_id,)) = (resources(names, kind) for kind in ("AWS::ApiGateway::RestApi", ENDPOINT))
    domain = [{"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/prod/"]
    parts = ["https://", {"Ref": api_id}, "-", {"Ref": endpoint_id}, ".execute-api.", *domain]
    assert stack.resolve(api.url) == {"Fn::Join": ["", parts]}


def test_each_endpoint_has_its_own_url() -> None:
    stack = Stack(App(), "Desk")
    one, other = (imported_endpoint(stack, digit) for digit in "01")
    api = through(stack, one, other)
    assert api.private_access
    assert api.url == api.private_access.url_through(one, api.rest_api)
    assert "-vpce-0123456789abcdef1.execute-api." in api.private_access.url_through(other, api.rest_api)


def policy_of(template: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    allow, deny = only(template, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    return allow, deny


def test_whatever_comes_another_way_is_denied() -> None:
    stack = Stack(App(), "Desk")
    through(stack, *(imported_endpoint(stack, digit) for digit in "01"))
    allow, deny = policy_of(template_of(stack))
    assert deny == {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
        "Condition": {
            "StringNotEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"]},
        },
    }
    assert allow == {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
    }


def test_other_endpoints_are_deployed() -> None:
    def deployment(digit: str) -> str:
        stack = Stack(App(), "Desk")
        through(stack, imported_endpoint(stack, digit))
        return deployment_of(stack)

    assert deployment("0") == deployment("0")
    assert deployment("0") != deployment("1")


def test_a_public_api_has_no_policy() -> None:
    assert "Policy" not in only(template_of(api_with()[0]), "AWS::ApiGateway::RestApi")


def test_the_policy_opens_no_signed_route_to_the_whole_account() -> None:
    stack = Stack(App(), "Desk")
    api = in_vpc(stack)
    api.route("PUT /requests/{id}/{rest+}", PROBE, auth=Auth.iam())
    api.route("GET /orders/{id}/{rest+}", PROBE, auth=Auth.none(reason="public"))
    allow, deny = policy_of(template_of(stack))
    assert allow["Resource"] == ["execute-api:/prod/GET/health", "execute-api:/prod/GET/orders/*/*"]
    assert deny["Resource"] == "execute-api:/*"


def test_where_all_routes_are_signed_the_policy_opens_none() -> None:
    stack = Stack(App(), "Desk")
    ProtectedApi(stack, "Api", endpoint="private", vpc=imported_vpc(stack)).route("GET /", PROBE, auth=Auth.iam())
    (deny,) = only(template_of(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert deny["Effect"] == "Deny"


def test_the_policy_opens_no_route_that_a_custom_authorizer_left_closed() -> None:
    stack = Stack(App(), "Desk")
    api = in_vpc(stack)
    check = function(stack, "Check")
    api.route("GET /vault", PROBE, auth=Auth.custom(check))
    allow, deny = policy_of(template_of(stack))
    assert allow["Resource"] == "execute-api:/prod/GET/health"
    assert deny["Resource"] == "execute-api:/*"
    with pytest.raises(InvalidArgument, match="requests of GET /vault, which a policy of the caller's has to allow"):
        api.route("GET /{any}", PROBE, auth=Auth.none(reason="public"))


def test_a_route_of_any_method_is_open_for_each() -> None:
    stack = Stack(App(), "Desk")
    api = in_vpc(stack)
    api.route("PUT /requests", PROBE, auth=Auth.iam())
    api.route("ANY /orders", PROBE, auth=Auth.none(reason="public"))
    allow, _ = policy_of(template_of(stack))
    assert allow["Resource"] == ["execute-api:/prod/GET/health", "execute-api:/prod/*/orders"]


def test_preflights_are_not_signed() -> None:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api", endpoint="private", vpc=imported_vpc(stack), cors="https://desk.example.com")
    for route in ("ANY /requests/{id}", "GET /requests/{id}"):
        api.route(route, PROBE, auth=Auth.iam())
    allow, _ = policy_of(template_of(stack))
    assert allow["Resource"] == "execute-api:/prod/OPTIONS/requests/*"


@pytest.mark.parametrize(
    ("signed", "opened"),
    [
        ("GET /requests/{id}/items", "GET /requests/{id}"),
        ("GET /requests/open", "GET /requests/{id}"),
        ("GET /old/requests", "ANY /requests"),
        ("GET /a/{x}/{y}/{z}", "GET /a/{x}/c"),
    ],
)
@pytest.mark.parametrize("signed_first", [True, False])
def test_a_signed_route_that_another_would_open_is_refused(signed: str, opened: str, signed_first: bool) -> None:
    api = in_vpc(Stack(App(), "Desk"))
    routes = [(signed, Auth.iam()), (opened, Auth.none(reason="public"))]
    first, second = routes if signed_first else routes[::-1]
    api.route(first[0], PROBE, auth=first[1])
    sentence = (
        f"requests of {signed}, which a policy of the caller's has to allow, look like those of {opened}, got "
        f"{second[0]!r}"
    )
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        api.route(second[0], PROBE, auth=second[1])
    assert set(api.methods) == {"GET /health", first[0]}


@pytest.mark.parametrize(
    ("signed", "opened"),
    [
        ("GET /requests/{id}", "GET /requests"),
        ("GET /requests/{id}", "GET /requests/open"),
        ("GET /requests/{id}", "POST /requests/{id}"),
        ("GET /requests/{id}", "GET /orders/{id}"),
    ],
)
def test_routes_that_a_policy_can_tell_apart_are_not(signed: str, opened: str) -> None:
    api = in_vpc(Stack(App(), "Desk"))
    api.route(signed, PROBE, auth=Auth.iam())
    assert api.route(opened, PROBE, auth=Auth.none(reason="public"))


def test_elsewhere_signed_and_other_routes_may_look_alike() -> None:
    _, api = api_with()
    api.route("GET /requests/open", PROBE, auth=Auth.iam())
    assert api.route("GET /requests/{id}", PROBE, auth=Auth.none(reason="public"))


def test_a_caller_is_let_in_from_another_stack_by_that_stack() -> None:
    app = App()
    network, desk, others = Stack(app, "Network"), Stack(app, "Desk"), Stack(app, "Others")
    vpc = ec2.Vpc(network, "Vpc", nat_gateways=0)
    api = ProtectedApi(desk, "Api", endpoint="private", vpc=vpc)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    caller = caller_in(others, vpc, allow_all_outbound=False)
    api.allow_from(caller)
    template = template_of(others)
    (ingress,), (egress,) = (list(resources(template, kind).values()) for kind in (INGRESS, EGRESS))
    group, endpoint_group = ingress["SourceSecurityGroupId"], ingress["GroupId"]
    assert group == egress["GroupId"] == {"Fn::GetAtt": [next(iter(resources(template, GROUP))), "GroupId"]}
    assert endpoint_group == egress["DestinationSecurityGroupId"]
    assert "ApiPrivateAccessSecurityGroup" in endpoint_group["Fn::ImportValue"]
    for rule in (ingress, egress):
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
    assert resources(template_of(desk), INGRESS) == {}


def test_a_caller_is_let_in_through_the_endpoint_that_is_named() -> None:
    stack = Stack(App(), "Desk")
    one, other = (imported_endpoint(stack, digit, group=f"sg-{digit}") for digit in "01")
    api = through(stack, one, other)
    api.allow_from(caller_in(stack, imported_vpc(stack)), through=other)
    assert only(template_of(stack), INGRESS)["GroupId"] == "sg-1"


def test_a_caller_that_cannot_be_let_in_is_refused() -> None:
    stack = Stack(App(), "Desk")
    vpc = imported_vpc(stack)
    endpoints = [imported_endpoint(stack, digit) for digit in "01"]
    bare, foreign = imported_endpoint(stack, "2", group=None), imported_endpoint(stack, "3")
    caller = caller_in(stack, vpc)
    for api, arguments, sentence in [
        (
            through(Stack(App(), "A"), *endpoints),
            {},
            "through must name one of the API's VPC endpoints, since it has sev",
        ),
        (
            through(Stack(App(), "B"), *endpoints),
            {"through": foreign},
            "through must be one of the API's VPC endpoints",
        ),
        (through(Stack(App(), "C"), bare), {}, "vpc_endpoints must be imported with its security groups"),
        (api_with()[1], {}, "endpoint must be private: others are open to the network, got 'regional'"),
    ]:
        with pytest.raises(InvalidArgument, match=re.escape(sentence)):
            api.allow_from(caller, **arguments)
    with pytest.raises(InvalidArgument, match=re.escape("caller must stand in the VPC of the endpoint (vpc=...)")):
        through(Stack(App(), "D"), endpoints[0]).allow_from(caller_in(stack, None, "Outside"))
