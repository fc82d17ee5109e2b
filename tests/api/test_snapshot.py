"""The ids of an API and of what comes with it are part of the contract: a changed id replaces what people use."""

from typing import Any

from aws_cdk import App
from aws_cdk import aws_sns as sns

from constructs_lib import ApiDomain, Auth, Http, ProtectedApi, UserDirectory
from constructs_lib.api.firewall import Firewall
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.testing import template_of
from tests.api.domains import stack_in, zone_for
from tests.api.networks import imported_vpc


def test_template(template_snapshot: Any) -> None:
    stack = stack_in(App(), "eu-west-1")
    users = UserDirectory(stack, "Users", groups=["managers"])
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    domain = ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge")
    logging = ApiGatewayLogging(stack, "ApiLogging")
    api = ProtectedApi(stack, "Api", users=users, domain=domain, cors="https://desk.example.com", logging=logging)
    api.route("GET /requests/{id}", Http("https://service.example.com/{id}"))
    api.route("GET /health", Http("https://service.example.com/health"), auth=Auth.none(reason="liveness probe"))
    assert template_of(stack) == template_snapshot


def test_private_template(template_snapshot: Any) -> None:
    stack = stack_in(App(), "eu-west-1")
    api = ProtectedApi(
        stack,
        "Api",
        endpoint="private",
        vpc=imported_vpc(stack),
        web_acl=Firewall(stack, "Firewall"),
        logging=ApiGatewayLogging(stack, "ApiLogging"),
        alarm_topic=sns.Topic(stack, "OnCall"),
    )
    api.route("PUT /requests/{id}", Http("https://service.example.com/{id}"), auth=Auth.iam())
    api.route("GET /health", Http("https://service.example.com/health"), auth=Auth.none(reason="liveness probe"))
    assert template_of(stack) == template_snapshot
