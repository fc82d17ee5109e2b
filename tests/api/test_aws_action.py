"""AwsAction: what a service is told, by whose right, and what the caller hears of it.

What the templates do is seen on the local AWS (``test_aws_actions_on_local_aws``). Here it is the text that is judged:
each place where something of the caller's comes in, and each status.
"""

import json
import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Auth, AwsAction, InvalidArgument, ItemTable, ProtectedApi, UserDirectory, WorkQueue
from constructs_lib.testing import template_of
from tests.api.apis import methods_of
from tests.api.domains import stack_in
from tests.items.test_item_table import function
from tests.statements import allowed

ORIGIN = "https://desk.example.com"
ESCAPE = r"""$util.escapeJavaScript(%s).replaceAll("\\'", "'")"""
PROBE = Auth.none(reason="liveness probe")
ROUTES = ("POST /orders", "POST /runs", "POST /events", "GET /items/{owner}/{number}")


def machine(stack: Stack) -> sfn.StateMachine:
    return sfn.StateMachine(
        stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Nothing"))
    )


def table(stack: Stack, **arguments: Any) -> ItemTable:
    return ItemTable(stack, "Table", partition_key="owner", sort_key="number:N", **arguments)


def desk(*, caller: bool = False, auth: Auth | None = None) -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api", users=UserDirectory(stack, "Users"), cors=ORIGIN)
    orders, runs, told, items = ROUTES
    api.route(orders, AwsAction.send_message(WorkQueue(stack, "Queue"), caller=caller), auth=auth)
    api.route(runs, AwsAction.start_execution(machine(stack), caller=caller), auth=auth)
    bus = events.EventBus(stack, "Bus")
    api.route(told, AwsAction.put_event(bus, source="desk", detail_type="posted", caller=caller), auth=auth)
    api.route(items, AwsAction.get_item(table(stack), caller=caller), auth=None if caller else auth)
    return template_of(stack)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return desk()


@pytest.fixture(scope="module")
def with_caller() -> dict[str, Any]:
    return desk(caller=True)


def integration(template: dict[str, Any], route: str) -> dict[str, Any]:
    found: dict[str, Any] = methods_of(template)[route]["Integration"]
    return found


def text(value: Any) -> str:
    """A template's text, with what CloudFormation fills in as the name of the resource."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(map(text, value["Fn::Join"][1]))
    return f"<{value['Ref'] if 'Ref' in value else value['Fn::GetAtt'][0]}>"


def call(template: dict[str, Any], route: str) -> str:
    (content_type, asked) = next(iter(integration(template, route)["RequestTemplates"].items()))
    assert content_type == "application/json"
    return text(asked)


def answers(template: dict[str, Any], route: str) -> dict[str, dict[str, Any]]:
    return {answer["StatusCode"]: answer for answer in integration(template, route)["IntegrationResponses"]}


def answer(template: dict[str, Any], route: str, status: str) -> str:
    return text(answers(template, route)[status]["ResponseTemplates"]["application/json"])


@pytest.mark.parametrize(
    ("route", "address", "permission", "kind"),
    [
        ("POST /orders", ":sqs:path/<AWS::AccountId>/<QueueB7BD4F64>", "sqs:SendMessage", "AWS::SQS::Queue"),
        ("POST /runs", ":states:action/StartExecution", "states:StartExecution", "AWS::StepFunctions::StateMachine"),
        ("POST /events", ":events:action/PutEvents", "events:PutEvents", "AWS::Events::EventBus"),
        (ROUTES[3], ":dynamodb:action/GetItem", "dynamodb:GetItem", "AWS::DynamoDB::GlobalTable"),
    ],
)
def test_each_calls_its_service_and_may_do_nothing_else(
    template: dict[str, Any], route: str, address: str, permission: str, kind: str
) -> None:
    made = integration(template, route)
    assert (made["Type"], made["IntegrationHttpMethod"]) == ("AWS", "POST")
    found = re.sub(r"<Queue.*>", "<QueueB7BD4F64>", text(made["Uri"]))
    assert found == f"arn:<AWS::Partition>:apigateway:<AWS::Region>{address}"
    role = made["Credentials"]["Fn::GetAtt"][0]
    trust = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [statement["Principal"] for statement in trust] == [{"Service": "apigateway.amazonaws.com"}]
    ((action, (resource,)),) = allowed(template, role).items()
    assert action == permission
    assert template["Resources"][text(resource)[1:-1]]["Type"] == kind


def test_no_two_routes_share_a_role(template: dict[str, Any]) -> None:
    assert len({integration(template, route)["Credentials"]["Fn::GetAtt"][0] for route in ROUTES}) == 4


@pytest.mark.parametrize("route", ROUTES)
def test_only_json_gets_to_a_service(template: dict[str, Any], route: str) -> None:
    made = integration(template, route)
    assert (made["PassthroughBehavior"], list(made["RequestTemplates"])) == ("NEVER", ["application/json"])


def test_a_message_is_the_body_and_cannot_add_to_the_query(template: dict[str, Any]) -> None:
    assert call(template, "POST /orders") == (
        "Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($input.body)"
    )
    headers = integration(template, "POST /orders")["RequestParameters"]
    assert headers == {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}


def test_an_input_and_a_detail_are_the_body_as_one_value(template: dict[str, Any]) -> None:
    body = ESCAPE % "$input.json('$')"
    assert re.sub("<.*?>", "<>", call(template, "POST /runs")) == f'{{"stateMachineArn": "<>", "input": "{body}"}}'
    assert re.sub("<.*?>", "<>", call(template, "POST /events")) == (
        f'{{"Entries": [{{"EventBusName": "<>", "Source": "desk", "DetailType": "posted", "Detail": "{body}"}}]}}'
    )
    headers = integration(template, "POST /events")["RequestParameters"]
    assert headers["integration.request.header.X-Amz-Target"] == "'AWSEvents.PutEvents'"
    assert headers["integration.request.header.Content-Type"] == "'application/x-amz-json-1.1'"


def test_an_item_is_read_by_the_parameters_of_the_path(template: dict[str, Any]) -> None:
    asked = call(template, ROUTES[3])
    owner, number = (ESCAPE % f"$input.params().path.get('{name}')" for name in ("owner", "number"))
    assert re.sub("<.*?>", "<>", asked) == (
        f'{{"TableName": "<>", "Key": {{"owner": {{"S": "{owner}"}}, "number": {{"N": "{number}"}}}}, '
        '"ConsistentRead": true}'
    )


@pytest.mark.parametrize("route", ROUTES)
def test_what_a_caller_sends_is_never_pasted_in_as_it_is(
    template: dict[str, Any], with_caller: dict[str, Any], route: str
) -> None:
    for each in (template, with_caller):
        asked = call(each, route)
        safe = r"\$util\.(urlEncode|escapeJavaScript)\((\$util\.escapeJavaScript\()?\$(input|context)"
        assert len(re.findall(r"\$(input|context)\b", asked)) == len(re.findall(safe, asked)) > 0
        # Each escaping of JavaScript is mended into one of JSON.
        assert asked.count("escapeJavaScript") == asked.count(r""".replaceAll("\\'", "'")""")


@pytest.mark.parametrize(
    ("auth", "caller"),
    [
        (None, "$context.authorizer.claims.sub"),
        (Auth.iam(), "$context.identity.userArn"),
    ],
)
def test_a_service_may_be_told_who_called(auth: Auth | None, caller: str) -> None:
    template = desk(caller=True, auth=auth)
    assert call(template, "POST /orders").endswith(
        "&MessageAttribute.1.Name=caller&MessageAttribute.1.Value.DataType=String"
        f"&MessageAttribute.1.Value.StringValue=$util.urlEncode({caller})"
    )
    twice, body = ESCAPE % (ESCAPE % caller), ESCAPE % "$input.json('$')"
    document = rf'{{\"caller\":\"{twice}\",\"body\":{body}}}"'
    assert f'"input": "{document}' in call(template, "POST /runs")
    assert f'"Detail": "{document}' in call(template, "POST /events")


def test_an_item_may_be_the_callers_own(with_caller: dict[str, Any]) -> None:
    sub = ESCAPE % "$context.authorizer.claims.sub"
    assert f'"owner": {{"S": "{sub}"}}, "number"' in call(with_caller, ROUTES[3])


def test_callers_who_may_share_a_name_have_no_items_of_their_own() -> None:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api")
    own = AwsAction.get_item(table(stack), caller=True)
    sentence = "caller must be no key where AWS identities call, because all people of an identity pool share an ARN"
    with pytest.raises(InvalidArgument, match=re.escape(f"{sentence}, got 'GET /items/{{number}}'")):
        api.route("GET /items/{number}", own, auth=Auth.iam())
    api.route("GET /items/{number}", own, auth=Auth.custom(function(stack, "Check")))
    principal = ESCAPE % "$context.authorizer.principalId"
    assert f'"owner": {{"S": "{principal}"}}' in call(template_of(stack), "GET /items/{number}")


def test_a_custom_authorizer_names_the_caller() -> None:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api")
    action = AwsAction.send_message(WorkQueue(stack, "Queue"), caller=True)
    api.route("POST /orders", action, auth=Auth.custom(function(stack, "Check")))
    assert call(template_of(stack), "POST /orders").endswith("($context.authorizer.principalId)")


@pytest.mark.parametrize("route", ROUTES)
def test_each_failure_has_its_status_and_says_nothing_of_the_service(template: dict[str, Any], route: str) -> None:
    found = answers(template, route)
    success = "200" if route.startswith("GET") else "202"
    patterns = {status: each.get("SelectionPattern") for status, each in found.items()}
    # The one without a pattern takes what no other does: an unknown answer is a failure.
    assert patterns == {success: r"2\d{2}", "400": "400|413", "429": "429", "502": None}
    assert {each["StatusCode"] for each in methods_of(template)[route]["MethodResponses"]} == set(found)
    for status in ("400", "429", "502"):
        written = answer(template, route, status)
        assert "$input" not in written.replace("#set($error = $input.body)\n", "")
        assert re.sub(r"\$error\.matches", "", written).count("$error") == written.count("#set($error")
        for line in written.splitlines():
            if line.startswith("{"):
                assert set(json.loads(line)) == {"message"}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate"}', 429),
        ('{"__type":"com.amazonaws.dynamodb#ProvisionedThroughputExceededException"}', 429),
        ('{"__type":"ExecutionLimitExceeded","message":"x"}', 429),
        ("<Error>\n<Code>RequestThrottled</Code>\n</Error>", 429),
        ('{"__type":"AccessDeniedException","message":"User: arn:aws:sts::1:assumed-role/x is not"}', 502),
        ('{"__type":"StateMachineDoesNotExist"}', 502),
        ('{"Error":{"Code":"AWS.SimpleQueueService.NonExistentQueue","Type":"Sender"}}', 502),
        ('{"__type":"ValidationException","message":"AccessDenied, or Throttling: so says the caller"}', None),
        ('{"__type":"InvalidExecutionInput","message":"x"}', None),
    ],
)
def test_within_one_status_a_services_word_decides(template: dict[str, Any], said: str, status: int | None) -> None:
    written = answer(template, "POST /runs", "400")
    rules = re.findall(
        r'if\(\$error\.matches\("(.*)"\)\)\n#set\(\$context\.responseOverride\.status = (\d+)\)', written
    )
    assert len(rules) == 2
    # Java's regular expressions, which API Gateway uses, read these as Python's do.
    decided = next((int(found) for pattern, found in rules if re.fullmatch(pattern, said)), None)
    assert decided == status


def test_an_event_that_was_not_taken_is_no_success(template: dict[str, Any]) -> None:
    written = answer(template, "POST /events", "202")
    branches = re.findall(r"#(?:else)?(?:if|set|else)\b[^\n]*", written)
    assert branches == [
        """#set($code = "$!input.path('$.Entries[0].ErrorCode')")""",
        """#if("$!input.path('$.FailedEntryCount')" == "0")""",
        '#elseif($code == "MalformedDetail" || $code == "InvalidArgument")',
        "#set($context.responseOverride.status = 400)",
        '#elseif($code == "ThrottlingException")',
        "#set($context.responseOverride.status = 429)",
        "#else",
        "#set($context.responseOverride.status = 502)",
    ]


def test_an_item_that_is_not_there_is_404(template: dict[str, Any]) -> None:
    missing, there = answer(template, ROUTES[3], "200").split("#else")
    assert missing.startswith("""#if("$!input.path('$.Item')" == "")""")
    assert "#set($context.responseOverride.status = 404)" in missing
    assert there == "\n$input.json('$.Item')\n#end"


def test_who_sent_something_hears_its_id(template: dict[str, Any]) -> None:
    assert "MessageResult.MessageId" in answer(template, "POST /orders", "202")
    assert answer(template, "POST /runs", "202") == """{"id": "$input.path('$.executionArn').replaceAll(".*:", "")"}"""
    assert """{"id": "$input.path('$.Entries[0].EventId')"}""" in answer(template, "POST /events", "202")


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_of_the_origin_may_read_every_answer(template: dict[str, Any], route: str) -> None:
    header = "method.response.header.Access-Control-Allow-Origin"
    for each in answers(template, route).values():
        assert each["ResponseParameters"] == {header: f"'{ORIGIN}'"}
    for each in methods_of(template)[route]["MethodResponses"]:
        assert each["ResponseParameters"] == {header: True}


def test_the_key_of_an_encrypted_queue_or_table_is_open_to_the_route() -> None:
    stack = stack_in(App(), "eu-west-1")
    keys = {name: kms.Key(stack, name) for name in ("OfQueue", "OfTable")}
    api = ProtectedApi(stack, "Api")
    queue = sqs.Queue(stack, "Queue", encryption_master_key=keys["OfQueue"])
    api.route("POST /orders", AwsAction.send_message(queue), auth=PROBE)
    items = table(stack, encryption_key=keys["OfTable"])
    api.route("GET /items/{owner}/{number}", AwsAction.get_item(items), auth=PROBE)
    template = template_of(stack)

    def rights(route: str, key: str) -> set[str]:
        found = allowed(template, integration(template, route)["Credentials"]["Fn::GetAtt"][0])
        arn = stack.resolve(keys[key].key_arn)
        assert all(resources == [arn] for action, resources in found.items() if action.startswith("kms:"))
        return {action for action in found if action.startswith("kms:")}

    # The next message may be encrypted with the data key of the one before, which must then be read.
    assert rights("POST /orders", "OfQueue") == {"kms:GenerateDataKey", "kms:Decrypt"}
    assert rights("GET /items/{owner}/{number}", "OfTable") == {"kms:Decrypt"}


def test_a_parameter_may_have_another_name_than_the_attribute() -> None:
    stack = Stack(App(), "Desk")
    action = AwsAction.get_item(table(stack), key={"owner": "who"})
    ProtectedApi(stack, "Api").route("GET /{who}/{number}", action, auth=PROBE)
    assert "path.get('who')" in call(template_of(stack), "GET /{who}/{number}")


@pytest.mark.parametrize(
    ("route", "make", "sentence"),
    [
        ("GET /x", lambda stack: AwsAction.send_message(WorkQueue(stack, "Q")), "be one of POST, PUT, PATCH for SendM"),
        ("ANY /x", lambda stack: AwsAction.start_execution(machine(stack)), "be one of POST, PUT, PATCH for StartExec"),
        (
            "POST /{owner}/{number}",
            lambda stack: AwsAction.get_item(table(stack)),
            "route must be one of GET for GetItem",
        ),
        ("GET /{owner}", lambda stack: AwsAction.get_item(table(stack)), "have the path parameter {number} for the"),
        (
            "POST /x",
            lambda stack: AwsAction.send_message(WorkQueue(stack, "Q"), caller=True),
            "caller must be told only of a route that asks who calls",
        ),
        ("POST /x", lambda stack: AwsAction.send_message(sqs.Queue(stack, "Q", fifo=True)), "be a standard queue"),
        (
            "GET /x",
            lambda stack: AwsAction.get_item(table(stack), key={"id": "x"}),
            "name attributes among ['owner', 'n",
        ),
        (
            "GET /x",
            lambda stack: AwsAction.get_item(table(stack), caller=True, key={"owner": "x"}),
            "key must name attributes among ['number']",
        ),
        (
            "GET /x",
            lambda stack: AwsAction.get_item(ItemTable(stack, "Numbers", partition_key="id:N"), caller=True),
            "caller must be given for a partition key of text, got 'id' (DynamoDB GetItem)",
        ),
        (
            "GET /{id}",
            lambda stack: AwsAction.get_item(ItemTable(stack, "Bytes", partition_key="id:B")),
            "the table's key must be text or a number",
        ),
        (
            "GET /{id}",
            lambda stack: AwsAction.get_item(ItemTable(stack, "Odd", partition_key='a"$b'), key={'a"$b': "id"}),
            "the table's key must be text or a number, and be named with",
        ),
    ],
)
def test_a_route_that_does_not_fit_is_refused(route: str, make: Any, sentence: str) -> None:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        api.route(route, make(stack), auth=PROBE)
    assert api.methods == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"source": "aws.desk"}, "source must not begin with aws."),
        ({"source": ""}, "source must be 1 to 256 characters"),
        ({"source": "a" * 257}, "source must be 1 to 256 characters"),
        ({"source": '", "Detail'}, "source must be 1 to 256 characters: letters, digits"),
        ({"detail_type": "a" * 129}, "detail_type must be 1 to 128 characters"),
        ({"detail_type": "$input.body"}, "detail_type must be 1 to 128 characters: letters, digits"),
    ],
)
def test_an_event_that_eventbridge_refuses_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    bus = events.EventBus(Stack(App(), "Desk"), "Bus")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        AwsAction.put_event(bus, **({"source": "desk", "detail_type": "posted"} | arguments))
