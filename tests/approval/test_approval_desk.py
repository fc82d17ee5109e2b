"""ApprovalDesk: who may do what, where the task token can be, and what the step becomes in a workflow."""

import json
from typing import Any

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import ApiGatewayLogging, ApprovalDesk, ApprovalStep, Firewall, InvalidArgument, UserDirectory
from constructs_lib.approval.runtime.desk.approval import Approval
from constructs_lib.testing import template_of
from tests.statements import allowed, listed, only, resources, role_of


def desk_in(stack: Stack) -> ApprovalDesk:
    users = UserDirectory(stack, "Users", groups=["managers", "directors"])
    return ApprovalDesk(stack, "Desk", users=users, approvers="managers", retention=Duration.days(30))


JSONATA: dict[str, Any] = {"query_language": sfn.QueryLanguage.JSONATA}


def workflow_of(stack: Stack, step: sfn.IChainable) -> sfn.StateMachine:
    return sfn.StateMachine(
        stack, "Workflow", state_machine_name="workflow", definition_body=sfn.DefinitionBody.from_chainable(step)
    )


@pytest.fixture(scope="module")
def templates() -> tuple[dict[str, Any], dict[str, Any]]:
    """A desk in one stack, and in another a workflow that asks it."""
    app = App()
    desk = desk_in(Stack(app, "Office"))
    stack = Stack(app, "Work")
    step = desk.step(
        "Approve",
        summary=sfn.JsonPath.string_at("$.summary"),
        requester=sfn.JsonPath.string_at("$.who"),
        timeout=Duration.hours(2),
    )
    step.on_approved(sfn.Pass(stack, "Pay")).on_expired(sfn.Fail(stack, "Escalate"))
    workflow_of(stack, sfn.Chain.start(step).next(sfn.Succeed(stack, "Tell")))
    return template_of(desk.table.node.scope.node.scope), template_of(stack)  # type: ignore[arg-type, union-attr]


@pytest.fixture(scope="module")
def desk(templates: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return templates[0]


@pytest.fixture(scope="module")
def states(templates: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    """The states of the workflow that asks."""
    return definition(only(templates[1], "AWS::StepFunctions::StateMachine"))


def definition(machine: dict[str, Any]) -> dict[str, Any]:
    text = machine["DefinitionString"]
    if not isinstance(text, str):
        text = "".join(part if isinstance(part, str) else "token" for part in text["Fn::Join"][1])
    states: dict[str, Any] = json.loads(text)["States"]
    return states


def function_with(template: dict[str, Any], handler: str) -> dict[str, Any]:
    (found,) = [each for each in resources(template, "AWS::Lambda::Function").values() if each["Handler"] == handler]
    return found


def rights(template: dict[str, Any], handler: str, service: str) -> dict[str, list[Any]]:
    granted = allowed(template, role_of(function_with(template, handler)))
    return {action: arns for action, arns in granted.items() if action.startswith(f"{service}:")}


def test_who_answers_the_api_reads_and_decides_and_cannot_reach_a_workflow(desk: dict[str, Any]) -> None:
    (table,) = resources(desk, "AWS::DynamoDB::GlobalTable")
    table_arn = {"Fn::GetAtt": [table, "Arn"]}
    indexes = [{"Fn::Join": ["", [table_arn, f"/index/{name}"]]} for name in ("Waiting", "Escalated", "Decisions")]
    assert rights(desk, "desk.api.handler", "dynamodb") == {
        **{f"dynamodb:{each}": [table_arn] for each in ("GetItem", "BatchGetItem", "PutItem", "UpdateItem")},
        "dynamodb:Query": [table_arn, *indexes],
    }
    for service in ("states", "sns", "events"):
        assert rights(desk, "desk.api.handler", service) == {}


def test_nobody_may_delete_what_the_audit_holds(desk: dict[str, Any]) -> None:
    for name, resource in desk["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            assert not {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} & set(allowed(desk, name))


def test_only_the_teller_hands_a_token_back_and_only_to_the_desks_own_workflow(desk: dict[str, Any]) -> None:
    (machine,) = resources(desk, "AWS::StepFunctions::StateMachine")
    assert rights(desk, "desk.teller.handler", "states") == {"states:SendTaskSuccess": [{"Ref": machine}]}
    senders = [
        statement
        for policy in resources(desk, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("states:Send") for action in listed(statement["Action"]))
    ]
    assert len(senders) == 1


STREAM_RIGHTS = {f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}


def mapping_of(template: dict[str, Any], handler: str) -> dict[str, Any]:
    """What is delivered to a function, and how."""
    functions = resources(template, "AWS::Lambda::Function")
    (found,) = [
        each
        for each in resources(template, "AWS::Lambda::EventSourceMapping").values()
        if functions[each["FunctionName"]["Ref"]]["Handler"] == handler
    ]
    assert (found["MaximumRetryAttempts"], found["MaximumRecordAgeInSeconds"]) == (10_000, 24 * 3600)
    assert found["DestinationConfig"]["OnFailure"]
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    return found


def pattern_of(mapping: dict[str, Any]) -> Any:
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    return json.loads(pattern["Pattern"])


def test_the_teller_hears_of_decisions_only_and_reads_no_table(desk: dict[str, Any]) -> None:
    assert set(rights(desk, "desk.teller.handler", "dynamodb")) == STREAM_RIGHTS
    assert pattern_of(mapping_of(desk, "desk.teller.handler")) == {
        "eventName": ["MODIFY"],
        "dynamodb": {
            "OldImage": {"status": {"S": ["pending"]}},
            "NewImage": {"status": {"S": ["approved", "rejected"]}},
        },
    }


def test_the_notifier_hears_of_the_audit_only_and_tells_its_topic_and_its_bus(desk: dict[str, Any]) -> None:
    handler = "desk.notifier.handler"
    assert set(rights(desk, handler, "dynamodb")) == STREAM_RIGHTS
    assert rights(desk, handler, "states") == {}
    told = ["requested", "reminded", "escalated", "approved", "rejected", "expired"]
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"event": {"S": told}}}}
    assert pattern_of(mapping_of(desk, handler)) == pattern
    (topic,) = resources(desk, "AWS::SNS::Topic")
    assert rights(desk, handler, "sns") == {"sns:Publish": [{"Ref": topic}]}
    assert rights(desk, handler, "kms") == {}
    ((bus,),) = rights(desk, handler, "events").values()
    assert "event-bus/default" in json.dumps(bus)


def test_lists_hold_what_they_show_and_neither_details_nor_a_task_token(desk: dict[str, Any]) -> None:
    indexes = only(desk, "AWS::DynamoDB::GlobalTable")["GlobalSecondaryIndexes"]
    kept = {each["IndexName"]: each["Projection"] for each in indexes}
    keys = {"approval_id": "one", "entry": "approval", "place": "", "waiting_for": "managers"}
    for index in ("Waiting", "Escalated"):
        assert kept[index]["ProjectionType"] == "INCLUDE"
        names = kept[index]["NonKeyAttributes"]
        assert not {"details", "task_token"} & set(names)
        item = keys | {name: [] if name == "decisions" else "1" for name in names}
        assert Approval(item, "0").summary()["summary"] == "1"
        assert {"reminded_at", "escalated_at"} <= set(names)
    assert set(kept["Decisions"]["NonKeyAttributes"]) == {"event", "comment", "at"}


def test_what_could_not_be_told_raises_an_alarm(desk: dict[str, Any]) -> None:
    assert len(resources(desk, "AWS::SQS::Queue")) == 2
    assert len(resources(desk, "AWS::CloudWatch::Alarm")) == 4


def test_the_topic_is_encrypted_and_reached_over_tls_only(desk: dict[str, Any]) -> None:
    assert "alias/aws/sns" in json.dumps(only(desk, "AWS::SNS::Topic")["KmsMasterKeyId"])
    (statement,) = only(desk, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize("page", ["http://desk.example.com/", "https://desk.example.com/#/", "desk"])
def test_a_page_is_reached_over_https(page: str) -> None:
    stack = Stack()
    users = UserDirectory(stack, "Users", groups=["managers"])
    with pytest.raises(InvalidArgument, match="page_url must be an https URL without a fragment"):
        ApprovalDesk(stack, "Desk", users=users, approvers="managers", page_url=page)


def test_a_topic_a_bus_and_a_key_of_ones_own_are_used() -> None:
    stack = Stack(App(), "Own", env=Environment(account="123456789012", region="eu-central-1"))
    users = UserDirectory(stack, "Users", groups=["managers"])
    key = kms.Key(stack, "Key")
    topic = sns.Topic(stack, "Mine", master_key=key)
    bus = events.EventBus(stack, "Bus")
    alarms = sns.Topic(stack, "Alarms")
    desk = ApprovalDesk(
        stack,
        "Desk",
        users=users,
        approvers="managers",
        notify=topic,
        event_bus=bus,
        page_url="https://desk.example.com/",
        encryption_key=key,
        alarm_topic=alarms,
    )
    assert desk.news.topic is topic
    template = template_of(stack)
    assert len(resources(template, "AWS::SNS::Topic")) == 2
    notifier = function_with(template, "desk.notifier.handler")
    assert notifier["Environment"]["Variables"]["PAGE_URL"] == "https://desk.example.com/"
    granted = allowed(template, role_of(notifier))
    assert granted["sns:Publish"] == [stack.resolve(topic.topic_arn)]
    assert granted["events:PutEvents"] == [stack.resolve(bus.event_bus_arn)]
    key_arn = stack.resolve(key.key_arn)
    assert key_arn in granted["kms:GenerateDataKey*"]
    assert key_arn in allowed(template, role_of(function_with(template, "desk.api.handler")))["kms:GenerateDataKey"]
    replica = only(template, "AWS::DynamoDB::GlobalTable")["Replicas"][0]
    assert replica["SSESpecification"]["KMSMasterKeyId"] == key_arn
    for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [stack.resolve(alarms.topic_arn)]


def test_what_stands_before_the_api_and_its_logs_and_alarms_may_be_chosen() -> None:
    stack = Stack(App(), "Own", env=Environment(account="123456789012", region="eu-central-1"))
    users = UserDirectory(stack, "Users", groups=["managers"])
    key = kms.Key(stack, "Key")
    alarms = sns.Topic(stack, "Alarms")
    desk = ApprovalDesk(
        stack,
        "Desk",
        users=users,
        approvers="managers",
        web_acl=Firewall(stack, "Firewall", log_encryption_key=key),
        logging=ApiGatewayLogging(stack, "Logging"),
        encryption_key=key,
        alarm_topic=alarms,
    )
    template = template_of(stack)
    association = only(template, "AWS::WAFv2::WebACLAssociation")
    (stage,) = resources(template, "AWS::ApiGateway::Stage")
    assert {"Ref": stage} in association["ResourceArn"]["Fn::Join"][1]
    assert desk.api.access_log is not None
    logs = resources(template, "AWS::Logs::LogGroup").values()
    assert {json.dumps(each["KmsKeyId"]) for each in logs} == {json.dumps(stack.resolve(key.key_arn))}
    assert set(desk.api.alarms) == {"server_errors", "latency", "throttles"}


def test_a_topic_that_is_made_has_the_key_of_ones_own() -> None:
    stack = Stack(App(), "Own", env=Environment(account="123456789012", region="eu-central-1"))
    key = kms.Key(stack, "Key")
    users = UserDirectory(stack, "Users", groups=["managers"])
    ApprovalDesk(stack, "Desk", users=users, approvers="managers", encryption_key=key)
    template = template_of(stack)
    assert only(template, "AWS::SNS::Topic")["KmsMasterKeyId"] == stack.resolve(key.key_arn)
    granted = allowed(template, role_of(function_with(template, "desk.notifier.handler")))
    assert granted["sns:Publish"]
    assert stack.resolve(key.key_arn) in granted["kms:GenerateDataKey*"]


def test_the_desks_workflow_may_put_read_and_close_approvals(desk: dict[str, Any]) -> None:
    machine = only(desk, "AWS::StepFunctions::StateMachine")
    granted = allowed(desk, role_of(machine))
    (table,) = resources(desk, "AWS::DynamoDB::GlobalTable")
    of_the_table = {action: arns for action, arns in granted.items() if action.startswith("dynamodb:")}
    assert of_the_table == {
        f"dynamodb:{each}": [{"Fn::GetAtt": [table, "Arn"]}] for each in ("PutItem", "UpdateItem", "GetItem")
    }


def test_its_log_never_holds_the_data_of_an_execution(desk: dict[str, Any]) -> None:
    logging = only(desk, "AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert logging["IncludeExecutionData"] is False


def test_an_approval_is_remembered_as_long_as_it_was_said_to(desk: dict[str, Any]) -> None:
    table = only(desk, "AWS::DynamoDB::GlobalTable")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "forget_at", "Enabled": True}
    month = str(30 * 24 * 3600)
    assert function_with(desk, "desk.api.handler")["Environment"]["Variables"]["RETENTION_SECONDS"] == month
    read = definition(only(desk, "AWS::StepFunctions::StateMachine"))["Read"]
    assert f"+ {month} %}}" in read["Assign"]["forget_at"]


def test_the_workflow_that_asks_never_sees_a_task_token(states: dict[str, Any]) -> None:
    assert "Task.Token" not in json.dumps(states)
    ask = states["Approve"]
    assert ask["Resource"].endswith(":states:startExecution.sync:2")
    assert ask["Parameters"]["Input"]["timeout_seconds"] == 7200
    assert ask["Parameters"]["Input"]["summary.$"] == "$.summary"
    assert ask["Parameters"]["Input"]["requester.$"] == "$.who"
    assert ask["ResultPath"] == "$.approval"
    assert set(ask["ResultSelector"]) == {
        f"{name}.$" for name in ("approval_id", "decision", "decided_by", "decided_at", "comment", "decisions")
    }


def test_it_may_ask_the_desk_and_nothing_else_of_it(templates: tuple[dict[str, Any], dict[str, Any]]) -> None:
    machine = only(templates[1], "AWS::StepFunctions::StateMachine")
    granted = allowed(templates[1], role_of(machine))
    assert len(granted["states:StartExecution"]) == 1
    assert {action for action in granted if action.startswith(("dynamodb:", "states:Send"))} == set()


def test_each_outcome_goes_where_it_was_sent_and_the_others_go_on(states: dict[str, Any]) -> None:
    assert states["Approve"]["Next"] == "Approve decided"
    choices = {choice["StringEquals"]: choice for choice in states["Approve decided"]["Choices"]}
    assert {choice["Variable"] for choice in choices.values()} == {"$.approval.decision"}
    after = {outcome: states[choice["Next"]]["Next"] for outcome, choice in choices.items()}
    assert after == {"approved": "Pay", "expired": "Escalate", "rejected": "Tell"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"approvers": "nobody"}, "approvers must be one of 'managers', got 'nobody' (the groups of users)"),
        ({"retention": Duration.hours(1)}, "retention must be 1 to 3650 days"),
        ({"retention": Duration.days(3651)}, "got 3651"),
    ],
)
def test_a_wrong_desk_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    users = UserDirectory(stack, "Users", groups=["managers"])
    with pytest.raises(InvalidArgument) as refused:
        ApprovalDesk(stack, "Desk", **{"users": users, "approvers": "managers", **arguments})
    assert sentence in str(refused.value)
    assert stack.node.try_find_child("Desk") is None


def test_a_directory_without_groups_cannot_say_who_approves() -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument) as refused:
        ApprovalDesk(stack, "Desk", users=UserDirectory(stack, "Users"), approvers="managers")
    sentence = (
        "approvers must be a group of users, who have none: name it in UserDirectory(groups=[...]), got 'managers'"
    )
    assert sentence in str(refused.value)


@pytest.fixture(scope="module")
def refusing() -> ApprovalDesk:
    return desk_in(Stack(App(), "Refused"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"summary": ""}, "summary must say what is to be decided, got ''"),
        (
            {"timeout": Duration.seconds(0)},
            "timeout must be 1 to 31449600 seconds, got 0 (Step Functions service quotas)",
        ),
        ({"timeout": Duration.days(365)}, "got 31536000"),
        ({"timeout": Duration.millis(1500)}, "got 1.5"),
        ({"summary": "x" * 1001}, "the length of summary must be 1 to 1000 characters, got 1001"),
        ({"quorum": 0}, "quorum must be 1 to 10 approvers, got 0"),
        ({"quorum": 11}, "got 11"),
        ({"quorum": 1.5}, "got 1.5"),
        ({"approvers": "nobody"}, "approvers must be one of 'managers', 'directors', got 'nobody'"),
        ({"self_approval": "no"}, "self_approval must be a bool, got 'no'"),
        (
            {"remind_every": Duration.hours(1)},
            "remind_every must be shorter than the timeout of 3600 seconds, got 3600",
        ),
        ({"remind_every": Duration.seconds(0)}, "remind_every must be 1 to 31449600 seconds, got 0"),
        ({"remind_every": Duration.millis(1500)}, "got 1.5"),
        ({"remind_every": Duration.seconds(35)}, "must be 0 to 100 reminders, got 102"),
        ({"escalate_after": Duration.minutes(5)}, "escalate_to must come together with escalate_after, got None"),
        ({"escalate_to": "directors"}, "escalate_to must come together with escalate_after, got 'directors'"),
        ({"escalate_after": Duration.hours(1), "escalate_to": "directors"}, "escalate_after must be shorter than"),
        ({"escalate_after": Duration.hours(2), "escalate_to": "directors"}, "escalate_after must be shorter than"),
        ({"escalate_after": Duration.seconds(0), "escalate_to": "directors"}, "got 0"),
        ({"escalate_after": Duration.minutes(5), "escalate_to": "nobody"}, "escalate_to must be one of"),
        ({"escalate_after": Duration.minutes(5), "escalate_to": "managers"}, "escalate_to must be another group than"),
        ({"summary": "{% $states.input.a %}"}, "summary must be a JSONPath in a step in JSONPath"),
        ({"details": "{% $states.input.a %}"}, "details must be a JSONPath in a step in JSONPath"),
        ({"requester": sfn.JsonPath.string_at("$.a"), **JSONATA}, "requester must be a JSONata expression"),
        ({"requester": "$.sub"}, "requester must be a text, or sfn.JsonPath.string_at with the path"),
        ({"requester": "$$.Execution.Input.sub"}, "requester must be a text, or sfn.JsonPath"),
        ({"details": "$['why']"}, "details must be a text, or sfn.JsonPath"),
        ({"requester": "$states.input.sub", **JSONATA}, "requester must be a text, or {% an expression %} as a whole"),
        ({"summary": "Buy {% $states.input.what %}", **JSONATA}, "summary must be a text, or {% an expression %}"),
        ({"details": "{% $states.input.why", **JSONATA}, "details must be a text, or {% an expression %}"),
        ({"result_path": "$.a.b", **JSONATA}, "result_path must be a name in the state's input"),
        ({"result_path": "approval"}, "result_path must be a path into the state's input, as $.approval"),
        ({"result_path": "$$.approval"}, "got '$$.approval'"),
        ({"result_path": "$."}, "got '$.'"),
    ],
)
def test_a_wrong_step_is_refused(refusing: ApprovalDesk, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        refusing.step("Approve", **{"summary": "Buy it?", "timeout": Duration.hours(1), **arguments})
    assert sentence in str(refused.value)
    assert refusing.node.try_find_child("Approve") is None


def test_what_only_looks_like_a_path_is_a_text(refusing: ApprovalDesk) -> None:
    refusing.step("Pay", summary="$5.00 for tea?", details="$.50 a cup", timeout=Duration.hours(1))
    refusing.step("Repay", summary="$5.00", details="{% $x &\n$y %}", timeout=Duration.hours(1), **JSONATA)


def test_an_outcome_is_sent_one_way_only() -> None:
    stack = Stack(App(), "Refused")
    step: ApprovalStep = desk_in(stack).step("Approve", summary="Buy it?", timeout=Duration.hours(1))
    step.on_approved(sfn.Pass(stack, "Pay"))
    with pytest.raises(InvalidArgument, match="on_approved must be called once"):
        step.on_approved(sfn.Pass(stack, "PayAgain"))


def test_a_name_that_no_state_can_have_is_refused() -> None:
    desk = desk_in(Stack(App(), "Refused"))
    desk.step("A" * 71, summary="Buy it?", timeout=Duration.hours(1))
    with pytest.raises(InvalidArgument, match="1 to 80 characters"):
        desk.step("A" * 72, summary="Buy it?", timeout=Duration.hours(1))


def test_a_group_may_hold_what_json_would_stumble_over() -> None:
    stack = Stack(App(), "Quoted")
    users = UserDirectory(stack, "Users", groups=['c\'est-"moi"'])
    desk = ApprovalDesk(stack, "Desk", users=users, approvers='c\'est-"moi"')
    workflow_of(stack, desk.step("Approve", summary="Buy it?", timeout=Duration.hours(1)))
    template = template_of(stack)
    groups = function_with(template, "desk.api.handler")["Environment"]["Variables"]["GROUPS"]
    assert json.loads(groups) == ['c\'est-"moi"']
