"""The desk's page in its template: what is open to all, where people are sent, and what the page may do."""

import json
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito

from constructs_lib import ApiDomain, ApprovalDesk, InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.approval.test_approval_desk import function_with
from tests.statements import allowed, only, resources, role_of

HANDLER = "page.handler"


def desk_in(stack: Stack, users: UserDirectory | None = None, **arguments: Any) -> ApprovalDesk:
    users = users or UserDirectory(stack, "Users", groups=["managers"])
    return ApprovalDesk(stack, "Desk", users=users, approvers="managers", **arguments)


def domain_in(stack: Stack, name: str, **more: Any) -> ApiDomain:
    arn = f"arn:aws:acm:{stack.region}:{stack.account}:certificate/1"
    return ApiDomain(name, certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", arn), **more)


def named(app: App, name: str) -> Stack:
    return Stack(app, name, env=Environment(account="123456789012", region="eu-central-1"))


def routes(template: dict[str, Any], authorization: str) -> set[str]:
    """The routes that ask for an authorization, as far as their last parts tell them apart."""
    parts = {name: each["PathPart"] for name, each in resources(template, "AWS::ApiGateway::Resource").items()}
    return {
        f"{each['HttpMethod']} {parts.get(each['ResourceId'].get('Ref', ''), '/')}"
        for each in resources(template, "AWS::ApiGateway::Method").values()
        if each["AuthorizationType"] == authorization
    }


def callbacks(template: dict[str, Any]) -> Any:
    """Where the page's client sends people, after the sign-in and after the sign-out alike."""
    client = only(template, "AWS::Cognito::UserPoolClient")
    assert client["CallbackURLs"] == client["LogoutURLs"]
    (url,) = client["CallbackURLs"]
    return url


@pytest.fixture(scope="module")
def desk() -> ApprovalDesk:
    return desk_in(Stack(App(), "Office"))


@pytest.fixture(scope="module")
def template(desk: ApprovalDesk) -> dict[str, Any]:
    return template_of(Stack.of(desk))


def test_the_page_is_open_to_all_and_nothing_else_is(template: dict[str, Any]) -> None:
    assert routes(template, "NONE") == {"GET /", "GET {file}", "GET config.json"}
    signed_in = {"GET approvals", "GET {approval_id}", "GET decisions", "POST decision"}
    assert routes(template, "COGNITO_USER_POOLS") == signed_in


def test_who_serves_it_writes_logs_and_traces_and_reaches_nothing(template: dict[str, Any]) -> None:
    granted = allowed(template, role_of(function_with(template, HANDLER)))
    assert {action.split(":")[0] for action in granted} == {"logs", "xray"}


def test_people_come_back_to_the_page_at_the_address_of_the_apis_stage(
    desk: ApprovalDesk, template: dict[str, Any]
) -> None:
    (api,) = resources(template, "AWS::ApiGateway::RestApi")
    stage = only(template, "AWS::ApiGateway::Stage")["StageName"]
    place = ["https://", {"Ref": api}, ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]
    assert callbacks(template) == {"Fn::Join": ["", [*place, f"/{stage}/"]]}
    assert Stack.of(desk).resolve(desk.page_url) == callbacks(template)


def test_messages_link_to_it(template: dict[str, Any]) -> None:
    variables = function_with(template, "desk.notifier.handler")["Environment"]["Variables"]
    assert variables["PAGE_URL"] == callbacks(template)


def test_it_is_told_who_signs_people_in_and_whom_to_name_to_outsiders(template: dict[str, Any]) -> None:
    variables = function_with(template, HANDLER)["Environment"]["Variables"]
    (client,) = resources(template, "AWS::Cognito::UserPoolClient")
    (domain,) = resources(template, "AWS::Cognito::UserPoolDomain")
    assert variables["CLIENT_ID"] == {"Ref": client}
    sign_in = variables["SIGN_IN_URL"]["Fn::Join"][1]
    assert sign_in == ["https://", {"Ref": domain}, ".auth.", {"Ref": "AWS::Region"}, ".amazoncognito.com"]
    assert variables["APPROVERS"] == "managers"


def test_a_token_counts_for_minutes(template: dict[str, Any]) -> None:
    client = only(template, "AWS::Cognito::UserPoolClient")
    assert (client["IdTokenValidity"], client["AccessTokenValidity"], client["RefreshTokenValidity"]) == (5, 5, 720)
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}


def test_people_of_another_stack_need_nothing_of_the_desks() -> None:
    app = App()
    people, office = Stack(app, "People"), Stack(app, "Office")
    users = UserDirectory(people, "Users", groups=["managers"])
    users.add_identities()
    users.add_web_client("Web", callback_urls=["https://desk.example.com/"])
    desk_in(office, users)
    app.synth()
    assert office.dependencies == [people]
    assert people.dependencies == []
    assert len(resources(template_of(office), "AWS::Cognito::ManagedLoginBranding")) == 1


def test_a_desk_with_a_name_has_its_page_there() -> None:
    stack = named(App(), "Office")
    desk = desk_in(stack, domain=domain_in(stack, "desk.example.com", base_path="approvals"))
    template = template_of(stack)
    assert desk.page_url == callbacks(template) == "https://desk.example.com/approvals/"
    assert function_with(template, "desk.notifier.handler")["Environment"]["Variables"]["PAGE_URL"] == desk.page_url
    assert only(template, "AWS::ApiGateway::DomainName")["DomainName"] == "desk.example.com"


@pytest.mark.parametrize(
    ("arguments", "url"), [({"page": False}, None), ({"page_url": "https://desk.example.com/"},) * 2]
)
def test_a_desk_may_have_no_page_or_one_of_its_owners(arguments: dict[str, Any], url: Any) -> None:
    stack = Stack(App(), "Office")
    desk = desk_in(stack, **arguments)
    template = template_of(stack)
    assert desk.page is None
    assert desk.page_url == (url and url["page_url"])
    assert routes(template, "NONE") == set()
    assert resources(template, "AWS::Cognito::UserPoolClient") == {}
    variables = function_with(template, "desk.notifier.handler")["Environment"]["Variables"]
    assert variables.get("PAGE_URL") == desk.page_url


def pool_in(stack: Stack, **more: Any) -> UserDirectory:
    pool = cognito.UserPool.from_user_pool_id(stack, "Existing", "eu-west-1_AbCdEfGhI")
    return UserDirectory(stack, "Users", pool=pool, groups=["managers"], **more)


def test_a_pool_of_ones_own_signs_in_where_it_says() -> None:
    stack = Stack(App(), "Office")
    desk_in(stack, pool_in(stack, sign_in_url="https://sign-in.example.com"))
    template = template_of(stack)
    assert function_with(template, HANDLER)["Environment"]["Variables"]["SIGN_IN_URL"] == "https://sign-in.example.com"
    assert only(template, "AWS::Cognito::UserPoolClient")["UserPoolId"] == "eu-west-1_AbCdEfGhI"
    assert "eu-west-1_AbCdEfGhI" in json.dumps(only(template, "AWS::ApiGateway::Authorizer")["ProviderARNs"])


def test_a_pool_that_does_not_say_where_has_no_page() -> None:
    stack = Stack(App(), "Office")
    users = pool_in(stack)
    with pytest.raises(InvalidArgument, match="users must know where they sign in, for the desk's page: give"):
        desk_in(stack, users)
    assert stack.node.try_find_child("Desk") is None
    desk_in(stack, users, page=False)


def test_a_page_has_one_name() -> None:
    stack = named(App(), "Office")
    users, domain = UserDirectory(stack, "Users", groups=["managers"]), domain_in(stack, "*.example.com")
    with pytest.raises(InvalidArgument, match=r"domain must be a single name, for the desk's page, got '\*.example"):
        desk_in(stack, users, domain=domain)
    assert desk_in(stack, users, domain=domain, page=False).api.url == "https://*.example.com/"
