"""What answers: where a request may be sent on to, and that nothing of it gets lost."""

import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Auth, AwsAction, Http, InvalidArgument, ProtectedApi


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


def of_a_machine(stack: Stack) -> AwsAction:
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:Run"
    return AwsAction.start_execution(sfn.StateMachine.from_state_machine_arn(stack, "Machine", arn))


@pytest.mark.parametrize("body", [None, {"type": "object"}, {"type": "object", "properties": {"name": {}}}])
def test_a_parameter_that_a_service_would_never_hear_of_is_refused(body: dict[str, Any] | None) -> None:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api")
    sentence = "route must have no path parameter that its body= lacks, because the service gets the body alone: {id}"
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        api.route("PUT /runs/{id}", of_a_machine(stack), auth=Auth.iam(), body=body)
    assert api.methods == {}


def test_a_parameter_that_the_body_repeats_is_heard_of() -> None:
    stack = Stack(App(), "Desk")
    body = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    assert ProtectedApi(stack, "Api").route("PUT /runs/{id}", of_a_machine(stack), auth=Auth.iam(), body=body)
