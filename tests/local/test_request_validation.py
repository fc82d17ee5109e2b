"""What a deployed REST API checks of a request before it answers: its body against a model, its parameters."""

from collections.abc import Iterator

import pytest

from constructs_lib.local import LocalAws
from tests.local.rest_api import DeployedApi, method, of_api, path, rest_api
from tests.local.stack import Resources, Stack, having, without

pytestmark = pytest.mark.local_aws

_ORDER = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {"item": {"type": "string"}},
    "required": ["item"],
    "additionalProperties": False,
}
_REQUIRED = {f"method.request.{place}": True for place in ("header.X-Trace", "querystring.page")}
_RESOURCES: Resources = rest_api(
    {
        "Order": of_api("Model", Name="Order", ContentType="application/json", Schema=_ORDER),
        "Body": of_api("RequestValidator", Name="Body", ValidateRequestBody=True),
        "Parameters": of_api("RequestValidator", Name="Parameters", ValidateRequestParameters="true"),
        "Orders": path("orders"),
        "Post": method(
            {"Ref": "Orders"},
            RequestValidatorId={"Ref": "Body"},
            RequestModels={"application/json": {"Ref": "Order"}},
        ),
        "List": method({"Ref": "Orders"}, "GET", RequestValidatorId={"Ref": "Parameters"}, RequestParameters=_REQUIRED),
        "Refusal": of_api(
            "GatewayResponse",
            ResponseType="BAD_REQUEST_BODY",
            StatusCode="422",
            ResponseParameters={"gatewayresponse.header.X-Why": "'body'"},
            ResponseTemplates={"application/json": '{"why": $context.error.messageString}'},
        ),
    }
)


@pytest.fixture(scope="module")
def stack(local_aws: LocalAws) -> Iterator[Stack]:
    stack = Stack(local_aws, "request-validation")
    yield stack
    stack.delete()


@pytest.fixture(scope="module")
def api(local_aws: LocalAws, stack: Stack) -> DeployedApi:
    return DeployedApi.deploy(local_aws, stack, _RESOURCES)


def test_a_body_is_held_against_its_model(api: DeployedApi) -> None:
    assert api.send({"item": "chair"}, "/orders").status_code == 200
    for body in ({}, {"item": 7}, {"item": "chair", "colour": "red"}, "not JSON"):
        refused = api.send(body, "/orders")
        assert (refused.status_code, refused.headers["X-Why"]) == (422, "body"), body
        assert set(refused.json()) == {"why"}


def test_required_parameters_must_be_there(api: DeployedApi) -> None:
    complete = {"params": {"page": "1"}, "headers": {"X-Trace": "t"}}
    assert api.call("/orders", "GET", **complete).status_code == 200
    for part in complete:
        refused = api.call("/orders", "GET", **{part: complete[part]})
        assert refused.status_code == 400
        assert "Missing required request parameters" in refused.text


def test_a_changed_template_changes_the_check(local_aws: LocalAws, stack: Stack, api: DeployedApi) -> None:
    lenient = having(_RESOURCES["Body"], ValidateRequestBody=False)
    with stack.changed(_RESOURCES, Body=lenient):
        assert api.send({}, "/orders").status_code == 200
        validators = local_aws.client("apigateway").get_request_validators(restApiId=api.id)["items"]
        assert sorted(each["name"] for each in validators) == ["Body", "Parameters"]
    assert api.send({}, "/orders").status_code == 422
    with stack.changed(_RESOURCES, Post=without(_RESOURCES["Post"], "RequestValidatorId")):
        assert api.send({}, "/orders").status_code == 200
    other = having(_RESOURCES["Order"], Schema=_ORDER | {"required": []})
    with stack.changed(_RESOURCES, Order=other):
        assert api.send({}, "/orders").status_code == 200
