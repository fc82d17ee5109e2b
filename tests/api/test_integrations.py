"""Http: where a request may be sent on to."""

import re

import pytest
from aws_cdk import App, CfnParameter, Stack

from constructs_lib import Auth, Http, InvalidArgument, ProtectedApi


@pytest.mark.parametrize(
    "url",
    [
        "http://status.example.com/",
        "status.example.com",
        "https:///path",
        "https://",
        "https://a b/",
        "https://a/#b",
        "",
    ],
)
def test_a_request_leaves_only_over_tls(url: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(f"url must be an https URL, got {url!r} (HTTP integrations")):
        Http(url)


def test_a_url_uses_the_parameters_of_its_route() -> None:
    api = ProtectedApi(Stack(App(), "Desk"), "Api")
    with pytest.raises(InvalidArgument, match=re.escape("url must use parameters of GET /health/{part} only, got")):
        api.route("GET /health/{part}", Http("https://status.example.com/{other}"), auth=Auth.none(reason="probe"))


def test_a_url_may_be_known_only_at_deployment() -> None:
    stack = Stack(App(), "Desk")
    url = CfnParameter(stack, "Url").value_as_string
    method = ProtectedApi(stack, "Api").route("GET /health", Http(url), auth=Auth.none(reason="probe"))
    assert method.http_method == "GET"
