"""An API that calls a queue, a state machine, an event bus and a table itself, as a template's resources."""

import json
from typing import Any

from tests.local.rest_api import method, path, rest_api
from tests.local.stack import ROLE, Resources, allows, having

GATEWAY = "apigateway.amazonaws.com"


def _quoted(expression: str) -> str:
    """Text that fits between the quotes of a JSON string, which knows no escaped apostrophe."""
    return rf"""$util.escapeJavaScript({expression}).replaceAll("\\'", "'")"""


_DOCUMENT = _quoted("$input.json('$')")
_ITEM = """#if("$!input.path('$.Item')" == "")
#set($context.responseOverride.status = 404)
#set($context.responseOverride.header.X-Missing = $input.params('id'))
{"message": "Not found"}
#else
$input.json('$.Item')
#end"""
_FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def _joined(*parts: Any) -> Resources:
    return {"Fn::Join": ["", parts]}


def _attribute(name: str, attribute: str = "Arn") -> Resources:
    return {"Fn::GetAtt": [name, attribute]}


def _service(place: Any, role: str, request: Any, response: str, **headers: str) -> Resources:
    """Answer 200 by a template, a mistake with 400 and the service's own words, and all else with 502."""
    mapped = {f"integration.request.header.{name.replace('_', '-')}": f"'{text}'" for name, text in headers.items()}
    origin = {"method.response.header.Access-Control-Allow-Origin": "'https://desk.example.com'"}
    responses: list[Resources] = [
        {"SelectionPattern": r"2\d{2}", "StatusCode": "200", "Template": response, "ResponseParameters": origin},
        {"SelectionPattern": "4(00|13)", "StatusCode": "400", "Template": "$input.body"},
        {"StatusCode": "502", "Template": '{"message": "Bad gateway"}', "ResponseParameters": origin},
    ]
    return {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": _joined("arn:aws:apigateway:", {"Ref": "AWS::Region"}, ":", place),
        "Credentials": _attribute(role),
        "PassthroughBehavior": "NEVER",
        "RequestTemplates": {"application/json": request},
        "RequestParameters": mapped,
        "IntegrationResponses": [
            each | {"ResponseTemplates": {"application/json": each["Template"]}} for each in responses
        ],
    }


def _at(queue: str) -> Resources:
    return _joined("sqs:path/", {"Ref": "AWS::AccountId"}, "/", _attribute(queue, "QueueName"))


_SEND = _service(
    _at("Queue"),
    "MaySend",
    "Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($input.body)",
    """{"id": "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"}""",
    **_FORM,
)
_START = _service(
    "states:action/StartExecution",
    "MayStart",
    _joined('{"stateMachineArn": "', {"Ref": "Machine"}, f'", "input": "{_DOCUMENT}"}}'),
    """{"id": "$input.path('$.executionArn').replaceAll(".*:", "")"}""",
)
_PUT = _service(
    "events:action/PutEvents",
    "MayPut",
    _joined(
        '{"Entries": [{"EventBusName": "',
        _attribute("Bus"),
        f'", "Source": "test", "DetailType": "posted", "Detail": "{_DOCUMENT}"}}]}}',
    ),
    """{"id": "$input.path('$.Entries[0].EventId')", "failed": $input.path('$.FailedEntryCount')}""",
    Content_Type="application/x-amz-json-1.1",
    X_Amz_Target="AWSEvents.PutEvents",
)
_GET = _service(
    "dynamodb:action/GetItem",
    "MayRead",
    _joined(
        '{"TableName": "',
        {"Ref": "Table"},
        f"""", "Key": {{"id": {{"S": "{_quoted("$input.params().path.get('id')")}"}}}}}}""",
    ),
    _ITEM,
)
_NOTE = _SEND | {
    "RequestTemplates": {
        "application/json": "Action=SendMessage&Version=2012-11-05&MessageBody="
        """{"page": "$input.params('page')", "shade": "$stageVariables.shade"}"""
    }
}
_WAIT = _service(_at("Empty"), "MayWait", "Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=3", "", **_FORM)
_BROKEN = _SEND | {"RequestTemplates": {"application/json": "$util.unknown()"}}
_MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
_ID = {"AttributeName": "id"}
_ANYONE = {
    "Effect": "Allow",
    "Action": "sqs:SendMessage",
    "Resource": "*",
    "Principal": {"Service": "events.amazonaws.com"},
}
RESOURCES: Resources = rest_api(
    {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Empty": {"Type": "AWS::SQS::Queue"},
        "Told": {"Type": "AWS::SQS::Queue"},
        "MayTell": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Told"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [_ANYONE]},
            },
        },
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "service-integrations"}},
        "Tell": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "Bus"},
                "EventPattern": {"detail-type": ["posted"]},
                "Targets": [{"Id": "Told", "Arn": _attribute("Told")}],
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionString": json.dumps(_MACHINE), "RoleArn": _attribute("Runs")},
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [_ID | {"AttributeType": "S"}],
                "KeySchema": [_ID | {"KeyType": "HASH"}],
            },
        },
        "Runs": ROLE,
        "MaySend": allows(GATEWAY, "sqs:SendMessage", _attribute("Queue")),
        "MayStart": allows(GATEWAY, "states:StartExecution", {"Ref": "Machine"}),
        "MayPut": allows(GATEWAY, "events:PutEvents", _attribute("Bus")),
        "MayRead": allows(GATEWAY, "dynamodb:GetItem", _attribute("Table")),
        "Messages": path("messages"),
        "Send": method({"Ref": "Messages"}, integration=_SEND),
        "MayWait": allows(GATEWAY, "sqs:ReceiveMessage", _attribute("Empty")),
        "Note": method({"Ref": "Messages"}, "PUT", _NOTE),
        "Wait": method({"Ref": "Messages"}, "GET", _WAIT | {"TimeoutInMillis": 50}),
        "Fail": method({"Ref": "Messages"}, "DELETE", _BROKEN),
        "Executions": path("executions"),
        "Start": method({"Ref": "Executions"}, integration=_START),
        "Events": path("events"),
        "Put": method({"Ref": "Events"}, integration=_PUT),
        "Items": path("items"),
        "Item": path("{id}", {"Ref": "Items"}),
        "Get": method({"Ref": "Item"}, "GET", _GET, RequestParameters={"method.request.path.id": True}),
    }
)
RESOURCES["Stage"] = having(RESOURCES["Stage"], Variables={"shade": "green"})
OUTPUTS = {name: {"Ref": name} for name in ("Queue", "Told", "Machine", "Table")}
