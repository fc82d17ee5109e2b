"""ApprovalDesk: who may do what, where the task token can be, and what the step becomes in a workflow."""

import json
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import ApprovalDesk, ApprovalStep, InvalidArgument, UserDirectory
from constructs_lib.testing import template_of
from tests.statements import allowed, listed, only, resources, role_of


def desk_in(stack: Stack) -> ApprovalDesk:
    users = UserDirectory(stack, "Users", groups=["managers"])
    return ApprovalDesk(stack, "Desk", users=users, approvers="managers", retention=Duration.days(30))


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
    assert rights(desk, "api.handler", "dynamodb") == {
        "dynamodb:GetItem": [table_arn],
        "dynamodb:UpdateItem": [table_arn],
        "dynamodb:Query": [table_arn, {"Fn::Join": ["", [table_arn, "/index/Waiting"]]}],
    }
    assert rights(desk, "api.handler", "states") == {}


def test_only_the_teller_hands_a_token_back_and_only_to_the_desks_own_workflow(desk: dict[str, Any]) -> None:
    (machine,) = resources(desk, "AWS::StepFunctions::StateMachine")
    assert rights(desk, "teller.handler", "states") == {"states:SendTaskSuccess": [{"Ref": machine}]}
    senders = [
        statement
        for policy in resources(desk, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("states:Send") for action in listed(statement["Action"]))
    ]
    assert len(senders) == 1


def test_the_teller_hears_of_decisions_only_and_reads_no_table(desk: dict[str, Any]) -> None:
    actions = set(rights(desk, "teller.handler", "dynamodb"))
    assert actions == {
        f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    }
    mapping = only(desk, "AWS::Lambda::EventSourceMapping")
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["MODIFY"],
        "dynamodb": {
            "OldImage": {"status": {"S": ["pending"]}},
            "NewImage": {"status": {"S": ["approved", "rejected"]}},
        },
    }
    assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (10_000, 24 * 3600)
    assert mapping["DestinationConfig"]["OnFailure"]


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
    assert function_with(desk, "api.handler")["Environment"]["Variables"]["RETENTION_SECONDS"] == month
    close = definition(only(desk, "AWS::StepFunctions::StateMachine"))["CloseAsExpired"]
    assert f"+ {month})" in close["Arguments"]["ExpressionAttributeValues"][":forget"]["N"]


def test_a_get_reads_and_a_post_decides_and_both_need_a_sign_in(desk: dict[str, Any]) -> None:
    methods = {
        (each["HttpMethod"], each["AuthorizationType"]) for each in resources(desk, "AWS::ApiGateway::Method").values()
    }
    assert methods == {("GET", "COGNITO_USER_POOLS"), ("POST", "COGNITO_USER_POOLS")}
    assert len(resources(desk, "AWS::ApiGateway::Method")) == 3


def test_the_workflow_that_asks_never_sees_a_task_token(states: dict[str, Any]) -> None:
    assert "Task.Token" not in json.dumps(states)
    ask = states["Approve"]
    assert ask["Resource"].endswith(":states:startExecution.sync:2")
    assert ask["Parameters"]["Input"]["timeout_seconds"] == 7200
    assert ask["Parameters"]["Input"]["summary.$"] == "$.summary"
    assert ask["Parameters"]["Input"]["requester.$"] == "$.who"
    assert ask["ResultPath"] == "$.approval"
    assert set(ask["ResultSelector"]) == {
        f"{name}.$" for name in ("approval_id", "decision", "decided_by", "decided_at", "comment")
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


def test_the_wait_ends_with_its_timeout_and_looks_in_the_table_first(desk: dict[str, Any]) -> None:
    own = definition(only(desk, "AWS::StepFunctions::StateMachine"))
    ask = own["AskForDecision"]
    assert ask["Resource"].endswith("aws-sdk:dynamodb:putItem.waitForTaskToken")
    assert ask["TimeoutSeconds"] == "{% $states.input.timeout_seconds %}"
    assert ask["Catch"][0] == {"ErrorEquals": ["States.Timeout"], "Next": "CloseAsExpired"}
    close = own["CloseAsExpired"]
    assert close["Arguments"]["ConditionExpression"] == "#status = :pending"
    assert close["Catch"] == [{"ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"], "Next": "ReadDecision"}]


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
        ({"result_path": "approval"}, "result_path must be a path into the state's input, as $.approval"),
        ({"result_path": "$$.approval"}, "got '$$.approval'"),
        ({"result_path": "$."}, "got '$.'"),
    ],
)
def test_a_wrong_step_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    desk = desk_in(Stack(App(), "Refused"))
    with pytest.raises(InvalidArgument) as refused:
        desk.step("Approve", **{"summary": "Buy it?", "timeout": Duration.hours(1), **arguments})
    assert sentence in str(refused.value)
    assert desk.node.try_find_child("Approve") is None


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
    users = UserDirectory(stack, "Users", groups=["c'est-moi"])
    ApprovalDesk(stack, "Desk", users=users, approvers="c'est-moi")
    ask = definition(only(template_of(stack), "AWS::StepFunctions::StateMachine"))["AskForDecision"]
    assert ask["Arguments"]["Item"]["waiting_for"] == {"S": "c'est-moi"}
