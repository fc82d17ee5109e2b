"""How an integration words its call and its answer, whatever a service says: also what none says here."""

import socket
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ReadTimeoutError

from constructs_lib.local.server.api_gateway.java import TemplateError
from constructs_lib.local.server.api_gateway.request_context import request_context
from constructs_lib.local.server.api_gateway.service_call import Reply, ServiceAddress
from constructs_lib.local.server.api_gateway.service_integration import NoResponseError, ServiceIntegration
from constructs_lib.local.server.api_gateway.variables import Request

_BUSY = "#if($input.body.matches('.*Throttl.*'))#set($context.responseOverride.status = 429)#end$input.body"
_JSON = "application/json"


def _response(status: str, pattern: str | None, template: str | None = None, **headers: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "selectionPattern": pattern,
        "responseTemplates": {_JSON: template} if template else None,
        "responseParameters": {f"method.response.header.{name}": source for name, source in headers.items()},
    }


_MISTAKE = _response("400", "4(00|13)", _BUSY)
_FAILURE = _response("502", "", '{"message": "Bad gateway"}')
_DONE = _response("202", r"2\d{2}", None, Origin="'here'", Id="context.requestId", Gone="method.request.header.gone")


def _settings(*responses: dict[str, Any], **more: Any) -> ServiceIntegration:
    known = {response["statusCode"]: response for response in responses or (_DONE, _MISTAKE, _FAILURE)}
    uri = "arn:aws:apigateway:eu-central-1:dynamodb:action/GetItem"
    return ServiceIntegration({"uri": uri, "httpMethod": "POST", "integrationResponses": known} | more)


def _request(**headers: str) -> Request:
    context = request_context(
        account="1",
        api="a",
        stage="prod",
        method="GET",
        path="/items",
        resource={"id": "r", "path": "/items"},
        agent="",
    )
    return Request('{"a": 1}', {"path": {"id": "7"}, "querystring": {}, "header": headers}, context, {})


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (Reply(200, "done"), 202, "done"),
        (Reply(400, "no"), 400, "no"),
        (Reply(413, "no"), 400, "no"),
        (Reply(400, "ThrottlingException"), 429, "ThrottlingException"),
        (Reply(403, "secret"), 502, '{"message": "Bad gateway"}'),
        (Reply(1200, "secret"), 502, '{"message": "Bad gateway"}'),
    ],
)
def test_the_status_chooses_the_answer(said: Reply, status: int, body: str) -> None:
    answered, headers, text = _settings().answer(_request(), said)
    assert (answered, text.decode(), headers["Content-Type"]) == (status, body, _JSON)


def test_headers_are_literals_or_come_from_the_request() -> None:
    request = _request()
    _, headers, _ = _settings().answer(request, Reply(200, ""))
    assert headers == {"Content-Type": _JSON, "Origin": "here", "Id": request.context["requestId"]}


def test_half_a_character_is_answered_as_a_question_mark() -> None:
    response = _response("200", None, "$input.path('$')")
    assert _settings(response).answer(_request(), Reply(200, r'"\ud83d"'))[2] == b"?"


def test_a_status_without_a_response_is_said() -> None:
    with pytest.raises(NoResponseError, match="403"):
        _settings(_DONE, _MISTAKE).answer(_request(), Reply(403, ""))


def test_a_template_is_of_the_kind_that_is_sent() -> None:
    integration = _settings(requestTemplates={_JSON: "$input.path('$.a')"})
    assert integration.call(_request()).text == "1"
    assert integration.call(_request(**{"content-type": "Application/JSON; charset=utf-8"})).text == "1"
    assert integration.call(_request(**{"content-type": "text/plain"})).text == '{"a": 1}'


def test_headers_of_the_call_are_mapped() -> None:
    mapped = {
        "integration.request.header.A": "'b'",
        "integration.request.header.Id": "method.request.path.id",
        "integration.request.header.Trace": "method.request.header.X-Trace",
    }
    template = '#set($context.requestOverride.header.X-More = "more")'
    call = _settings(requestParameters=mapped, requestTemplates={_JSON: template}).call(_request(**{"x-trace": "t"}))
    assert call.headers == {"A": "b", "Id": "7", "Trace": "t", "X-More": "more"}
    assert call.address == ServiceAddress("eu-central-1", "dynamodb", "action", "GetItem")


def test_a_mapping_that_is_not_known_is_said() -> None:
    with pytest.raises(TemplateError, match=r"method\.request\.body\.a"):
        _settings(requestParameters={"integration.request.header.A": "method.request.body.a"}).call(_request())


def test_an_action_is_named_as_its_service_asks_for() -> None:
    def address(place: str) -> ServiceAddress:
        return ServiceAddress.parse(f"arn:aws:apigateway:us-east-1:{place}")

    assert address("states:action/StartExecution").headers["X-Amz-Target"] == "AWSStepFunctions.StartExecution"
    assert address("dynamodb:action/GetItem").headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert "X-Amz-Target" not in address("events:action/PutEvents").headers
    assert address("sns:action/Publish").path == "/?Action=Publish&Version=2010-03-31"
    assert address("sqs:path/1/queue").path == "/1/queue"


def test_time_is_limited() -> None:
    assert (_settings().timeout, _settings(timeoutInMillis=1500).timeout) == (29, 1.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ReadTimeoutError):
            _settings().call(_request()).send(Credentials("a", "b"), endpoint, trusted="", timeout=0.1)
