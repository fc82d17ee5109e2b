"""The rules of what invokes functions."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, template, without

SLOW = [("LAMBDA-7", "Resize/Properties/Timeout")]
TIMEOUT, INTEGRATION = "Resize.Properties.Timeout", "Get.Properties.Integration"
HIDDEN, REDRIVE = (
    ("LAMBDA-8", "Pictures/Properties/VisibilityTimeout"),
    ("LAMBDA-8", "Pictures/Properties/RedrivePolicy"),
)
UNKNOWN: list[Any] = [{"Ref": "Unknown"}, {"Fn::If": ["Any", 20, 40]}, "long", [], True]


def behind(api: str, seconds: int = 60) -> dict[str, Any]:
    """Put the function of the example behind another API."""
    body = template(api)
    body["Resources"]["Resize"] = changed(right("LAMBDA-7"), TIMEOUT, seconds)["Resources"]["Resize"]
    return body


@pytest.mark.parametrize("timeout", [30, "30", 900])
def test_a_function_that_outlasts_its_method(timeout: Any) -> None:
    assert found(changed(right("LAMBDA-7"), TIMEOUT, timeout)) == SLOW


@pytest.mark.parametrize("timeout", [29, 1, *UNKNOWN])
def test_a_function_that_does_not(timeout: Any) -> None:
    assert found(changed(right("LAMBDA-7"), TIMEOUT, timeout)) == []


@pytest.mark.parametrize("limit", [28_000, "28000"])
def test_an_integration_that_waits_for_less(limit: Any) -> None:
    assert found(changed(right("LAMBDA-7"), f"{INTEGRATION}.TimeoutInMillis", limit)) == SLOW


@pytest.mark.parametrize("limit", [60_000, *UNKNOWN])
def test_an_integration_that_waits_for_more(limit: Any) -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    assert found(changed(body, f"{INTEGRATION}.TimeoutInMillis", limit)) == []


def test_the_default_timeout_outlasts_a_very_short_wait() -> None:
    body = without(changed(right("LAMBDA-7"), f"{INTEGRATION}.TimeoutInMillis", 2_999), TIMEOUT)
    assert found(body) == SLOW
    assert found(changed(body, f"{INTEGRATION}.TimeoutInMillis", 3_000)) == []


@pytest.mark.parametrize(
    "name", ["integration.request.header.X-Amz-Invocation-Type", "integration.request.header.InvocationType"]
)
def test_an_asynchronous_invocation(name: str) -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    asynchronous = changed(body, f"{INTEGRATION}.RequestParameters", {name: "'Event'"})
    assert found(asynchronous) == ([] if "Invocation-Type" in name else SLOW)


def test_parameters_that_are_not_known() -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    assert found(changed(body, f"{INTEGRATION}.RequestParameters", {"Ref": "Unknown"})) == []


@pytest.mark.parametrize(("transfer", "is_found"), [("BUFFERED", True), ("STREAM", False), ({"Ref": "Unknown"}, False)])
def test_a_streamed_answer(transfer: Any, is_found: bool) -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    assert bool(found(changed(body, f"{INTEGRATION}.ResponseTransferMode", transfer))) == is_found


@pytest.mark.parametrize("uri", ["https://example.com", {"Ref": "Unknown"}, {"Fn::ImportValue": "uri"}, [], None])
def test_what_is_no_function_of_ours(uri: Any) -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    assert found(changed(body, f"{INTEGRATION}.Uri", uri)) == []


@pytest.mark.parametrize("kind", ["Alias", "Version"])
def test_a_function_by_its_alias_or_version(kind: str) -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    body = changed(body, "Live", {"Type": f"AWS::Lambda::{kind}", "Properties": {"FunctionName": {"Ref": "Resize"}}})
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Live}/invocations"
    assert found(changed(body, f"{INTEGRATION}.Uri", {"Fn::Sub": uri})) == SLOW


def test_a_function_named_after_something_else() -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    body = changed(
        body, "Home", {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "eu-west-1"}}
    )
    uri = "arn:aws:apigateway:${Home.Value}:lambda:path/2015-03-31/functions/${Resize.Arn}/invocations"
    assert found(changed(body, f"{INTEGRATION}.Uri", {"Fn::Sub": uri})) == SLOW


def test_many_methods_are_one_finding_with_the_shortest_wait() -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, 60)
    for name, limit in (("Post", 5_000), ("Put", 10_000)):
        body["Resources"][name] = changed(right("LAMBDA-7"), f"{INTEGRATION}.TimeoutInMillis", limit)["Resources"][
            "Get"
        ]
    [finding] = findings(body)
    assert finding.message == "Resize may run for 60 seconds, but Post waits 5"


@pytest.mark.parametrize("timeout", [29, *UNKNOWN])
def test_a_slow_function_that_is_behind_no_api(timeout: Any) -> None:
    body = changed(right("LAMBDA-7"), TIMEOUT, timeout)
    body["Resources"]["Report"] = changed(body, TIMEOUT, 900)["Resources"]["Resize"]
    assert found(body) == []


def test_a_function_of_another_stack() -> None:
    one, other = changed(right("LAMBDA-7"), TIMEOUT, 60), right("LAMBDA-7")
    function = {"Resources": {"Resize": one["Resources"]["Resize"]}}
    function["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["Resize", "Arn"]}, "Export": {"Name": "resize"}}}
    for imported in (
        {"Fn::ImportValue": "resize"},
        {"Fn::GetStackOutput": {"StackName": "Functions", "OutputName": "Arn"}},
    ):
        uri = {"Fn::Join": ["", ["arn:aws:apigateway:eu-west-1:lambda:path/functions/", imported, "/invocations"]]}
        api = changed(without(other, "Resize"), f"{INTEGRATION}.Uri", uri)
        assert found(stack(function, "Functions"), stack(api, "Api")) == SLOW


HTTP = """
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: pictures, ProtocolType: HTTP}
  Any:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Resize.Arn}
"""


def test_an_http_api_waits_for_thirty_seconds() -> None:
    assert found(behind(HTTP, 31)) == SLOW
    assert found(behind(HTTP, 30)) == []
    assert found(changed(behind(HTTP, 30), "Any.Properties.TimeoutInMillis", 29_000)) == SLOW


def test_a_socket_waits_for_twenty_nine() -> None:
    assert found(behind(HTTP.replace("HTTP", "WEBSOCKET"), 30)) == SLOW
    assert found(behind(HTTP.replace("HTTP", "WEBSOCKET"), 29)) == []
    assert found(behind(HTTP.replace("!Ref Api", "abc"), 30)) == []


OPENAPI = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        paths:
          /pictures:
            parameters: []
            get:
              security: [{sigv4: []}]
              x-amazon-apigateway-integration:
                type: aws_proxy
                uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Resize.Arn}/invocations
"""
IN_OPENAPI = "Api.Properties.Body.paths./pictures.get.x-amazon-apigateway-integration"


def slow(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [each for each in found(body) if each[0] == "LAMBDA-7"]


def test_an_api_by_openapi() -> None:
    assert slow(behind(OPENAPI, 30)) == SLOW
    assert slow(behind(OPENAPI, 29)) == []
    assert slow(changed(behind(OPENAPI, 30), f"{IN_OPENAPI}.timeoutInMillis", 30_000)) == []
    assert slow(changed(behind(OPENAPI, 30), f"{IN_OPENAPI}.responseTransferMode", "STREAM")) == []


def test_an_http_api_by_openapi() -> None:
    assert slow(behind(OPENAPI.replace("ApiGateway::RestApi", "ApiGatewayV2::Api"), 30)) == []
    assert slow(behind(OPENAPI.replace("ApiGateway::RestApi", "ApiGatewayV2::Api"), 31)) == SLOW


@pytest.mark.parametrize("paths", ["no", [], {"/a": "no"}, {"/a": {"get": []}}, {"/a": {"Ref": "Unknown"}}])
def test_openapi_of_another_kind(paths: Any) -> None:
    assert slow(changed(behind(OPENAPI), "Api.Properties.Body.paths", paths)) == []


@pytest.mark.parametrize("seconds", [179, "179", 0])
def test_a_message_hidden_for_too_short(seconds: Any) -> None:
    assert found(changed(right("LAMBDA-8"), "Pictures.Properties.VisibilityTimeout", seconds)) == [HIDDEN]


@pytest.mark.parametrize("seconds", [180, "180", 43_200, *UNKNOWN])
def test_a_message_hidden_for_long_enough(seconds: Any) -> None:
    assert found(changed(right("LAMBDA-8"), "Pictures.Properties.VisibilityTimeout", seconds)) == []


def test_the_defaults_of_queue_and_function() -> None:
    body = without(right("LAMBDA-8"), "Pictures.Properties.VisibilityTimeout")
    assert found(body) == [HIDDEN]
    assert found(without(body, TIMEOUT)) == []
    assert found(changed(body, TIMEOUT, 5)) == []
    assert found(changed(body, TIMEOUT, 6)) == [HIDDEN]
    assert found(changed(without(right("LAMBDA-8"), TIMEOUT), "Pictures.Properties.VisibilityTimeout", 17)) == [HIDDEN]


@pytest.mark.parametrize("timeout", UNKNOWN)
def test_a_timeout_that_is_not_known(timeout: Any) -> None:
    body = changed(right("LAMBDA-8"), "Pictures.Properties.VisibilityTimeout", 0)
    assert found(changed(body, TIMEOUT, timeout)) == []


def test_a_queue_without_dead_letters() -> None:
    assert found(without(right("LAMBDA-8"), "Pictures.Properties.RedrivePolicy")) == [REDRIVE]
    assert found(changed(right("LAMBDA-8"), "Pictures.Properties.RedrivePolicy", {"Ref": "AWS::NoValue"})) == [REDRIVE]


@pytest.mark.parametrize(
    "policy", [{"Ref": "Unknown"}, '{"deadLetterTargetArn": "arn"}', {"deadLetterTargetArn": "arn"}]
)
def test_a_queue_with_dead_letters_somewhere(policy: Any) -> None:
    assert found(changed(right("LAMBDA-8"), "Pictures.Properties.RedrivePolicy", policy)) == []


def test_both_are_said() -> None:
    body = without(right("LAMBDA-8"), "Pictures.Properties.RedrivePolicy")
    assert found(without(body, "Pictures.Properties.VisibilityTimeout")) == [HIDDEN, REDRIVE]


ARN = {"Fn::GetAtt": ["Pictures", "Arn"]}
TARGET = {"Id": "1", "Arn": "arn:aws:lambda:eu-west-1:1:function:x", "DeadLetterConfig": {"Arn": ARN}}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::SQS::Queue", {"RedrivePolicy": {"deadLetterTargetArn": ARN}}),
        ("AWS::SQS::Queue", {"RedrivePolicy": {"Fn::Sub": '{"deadLetterTargetArn": "${Pictures.Arn}"}'}}),
        ("AWS::SNS::Subscription", {"RedrivePolicy": {"deadLetterTargetArn": ARN}}),
        ("AWS::Lambda::Function", {"DeadLetterConfig": {"TargetArn": ARN}}),
        ("AWS::Lambda::EventInvokeConfig", {"DestinationConfig": {"OnFailure": {"Destination": ARN}}}),
        ("AWS::Lambda::EventSourceMapping", {"DestinationConfig": {"OnFailure": {"Destination": ARN}}}),
        ("AWS::Events::Rule", {"Targets": [TARGET]}),
        ("AWS::Scheduler::Schedule", {"Target": TARGET}),
    ],
)
def test_a_queue_for_dead_letters_needs_no_other(kind: str, properties: dict[str, Any]) -> None:
    body = without(right("LAMBDA-8"), "Pictures.Properties.RedrivePolicy")
    assert found(changed(body, "Sender", {"Type": kind, "Properties": properties})) == []


@pytest.mark.parametrize("path", ["Work.Properties.EventSourceArn", "Work.Properties.FunctionName"])
def test_a_queue_or_a_function_of_others(path: str) -> None:
    body = without(
        without(right("LAMBDA-8"), "Pictures.Properties.RedrivePolicy"), "Pictures.Properties.VisibilityTimeout"
    )
    values: list[Any] = [{"Ref": "Unknown"}, "arn:aws:sqs:eu-west-1:111122223333:pictures", None, []]
    assert [found(changed(body, path, value)) for value in values] == [[]] * 4


def test_a_queue_of_another_stack() -> None:
    queues, work = right("LAMBDA-8"), right("LAMBDA-8")
    queues = changed(without(without(queues, "Resize"), "Work"), "Pictures.Properties.VisibilityTimeout", 60)
    queues["Outputs"] = {"Arn": {"Value": ARN, "Export": {"Name": "pictures"}}}
    work = without(without(work, "Pictures"), "Broken")
    for imported in (
        {"Fn::ImportValue": "pictures"},
        {"Fn::GetStackOutput": {"StackName": "Queues", "OutputName": "Arn"}},
    ):
        body = changed(work, "Work.Properties.EventSourceArn", imported)
        assert found(stack(queues, "Queues"), stack(body, "Work")) == [HIDDEN]


def test_an_alias_that_names_itself() -> None:
    body = changed(
        right("LAMBDA-8"), "Self", {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Self"}}}
    )
    assert found(changed(body, "Work.Properties.FunctionName", {"Ref": "Self"})) == []
