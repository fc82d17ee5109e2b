"""ApprovalStep: what it asks and when it reminds, in both query languages, and where it cannot be."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import ApprovalDesk, InvalidArgument
from constructs_lib.testing import template_of
from tests.approval.test_approval_desk import definition, desk_in, function_with, workflow_of
from tests.statements import resources


def states_of(stack: Stack, name: str = "Workflow") -> dict[str, Any]:
    machines = resources(template_of(stack), "AWS::StepFunctions::StateMachine")
    (found,) = [each for key, each in machines.items() if key.startswith(name)]
    return definition(found)


@pytest.fixture(scope="module")
def desk() -> ApprovalDesk:
    return desk_in(Stack(App(), "Asking"))


@pytest.fixture
def ask(desk: ApprovalDesk) -> Callable[..., dict[str, Any]]:
    """Gives what a step asks."""

    def ask(**arguments: Any) -> dict[str, Any]:
        name = f"Approve{len(desk.node.children)}"
        step = desk.step(name, **{"summary": "Buy it?", "timeout": Duration.hours(1), **arguments})
        state = Stack.of(desk).resolve(step.start_state.to_state_json())
        asked: dict[str, Any] = state["Parameters"]["Input"]
        del asked["step"], asked["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$"]
        return asked

    return ask


def test_by_default_one_of_the_desks_group_decides_and_nobody_is_reminded(ask: Callable[..., dict[str, Any]]) -> None:
    assert ask() == {
        "summary": "Buy it?",
        "details": "",
        "requester": "",
        "approvers": "managers",
        "quorum": 1,
        "self_approval": True,
        "timeout_seconds": 3600,
        "agenda": [{"after": 3600, "event": "expired"}],
    }


def test_what_it_is_told_it_asks(ask: Callable[..., dict[str, Any]]) -> None:
    asked = ask(quorum=3, approvers="directors", self_approval=True, details="why", requester="sub")
    told = {"quorum": 3, "approvers": "directors", "self_approval": True, "details": "why", "requester": "sub"}
    assert asked | told == asked


@pytest.mark.parametrize("self_approval", [False, True])
def test_who_is_named_may_decide_only_where_that_is_allowed(
    ask: Callable[..., dict[str, Any]], self_approval: bool
) -> None:
    assert ask(requester="sub-of-erin", self_approval=self_approval)["self_approval"] is self_approval


@pytest.mark.parametrize(
    ("arguments", "agenda"),
    [
        ({"remind_every": Duration.minutes(20)}, [(1200, "reminded"), (2400, "reminded"), (3600, "expired")]),
        ({"remind_every": Duration.minutes(25)}, [(1500, "reminded"), (3000, "reminded"), (3600, "expired")]),
        (
            {"escalate_after": Duration.minutes(5), "escalate_to": "directors"},
            [(300, "escalated"), (3600, "expired")],
        ),
        (
            {
                "remind_every": Duration.minutes(25),
                "escalate_after": Duration.minutes(50),
                "escalate_to": "directors",
            },
            [(1500, "reminded"), (3000, "escalated"), (3600, "expired")],
        ),
    ],
)
def test_the_agenda_ends_with_the_timeout(
    ask: Callable[..., dict[str, Any]], arguments: dict[str, Any], agenda: list[tuple[int, str]]
) -> None:
    asked = ask(**arguments)
    assert [(each["after"], each["event"]) for each in asked["agenda"]] == agenda
    assert asked.get("escalate_to") == arguments.get("escalate_to")


def test_a_hundred_reminders_are_the_most(ask: Callable[..., dict[str, Any]]) -> None:
    assert len(ask(timeout=Duration.seconds(101), remind_every=Duration.seconds(1))["agenda"]) == 101


def test_groups_that_steps_name_are_let_into_the_api() -> None:
    stack = Stack(App(), "Asking")
    desk = desk_in(stack)

    def groups() -> Any:
        return json.loads(function_with(template_of(stack), "desk.api.handler")["Environment"]["Variables"]["GROUPS"])

    desk.step("One", summary="a", timeout=Duration.hours(1))
    desk.step(
        "Two",
        summary="a",
        timeout=Duration.hours(1),
        escalate_after=Duration.minutes(1),
        escalate_to="directors",
    )
    assert groups() == ["directors", "managers"]


@pytest.mark.parametrize("language", [sfn.QueryLanguage.JSONATA, None])
def test_in_jsonata_the_decision_is_merged_into_the_input(language: sfn.QueryLanguage | None) -> None:
    stack = Stack(App(), "Asking")
    step = desk_in(stack).step(
        "Approve",
        summary="{% $states.input.summary %}",
        timeout=Duration.hours(1),
        result_path="$.answer",
        query_language=sfn.QueryLanguage.JSONATA,
    )
    step.on_approved(sfn.Pass.jsonata(stack, "Pay"))
    sfn.StateMachine(
        stack, "Workflow", definition_body=sfn.DefinitionBody.from_chainable(step), query_language=language
    )
    states = states_of(stack)
    ask = states["Approve"]
    assert ask["Arguments"]["Input"]["summary"] == "{% $states.input.summary %}"
    assert ask["Output"] == "{% $merge([$states.input, {'answer': $states.result.Output}]) %}"
    assert not {"Parameters", "ResultSelector", "ResultPath"} & set(ask)
    conditions = [choice["Condition"] for choice in states["Approve decided"]["Choices"]]
    assert conditions == [
        f"{{% $states.input.answer.decision = '{outcome}' %}}" for outcome in ("approved", "rejected", "expired")
    ]
    assert "Task.Token" not in json.dumps(states)
    languages = {each.get("QueryLanguage") for each in states.values()}
    assert languages == ({None} if language else {"JSONata"})


def test_it_stands_within_map_and_parallel() -> None:
    stack = Stack(App(), "Asking")
    desk = desk_in(stack)
    each = sfn.Map(stack, "Each", items_path="$.requests")
    each.item_processor(desk.step("Approve", summary=sfn.JsonPath.string_at("$.summary"), timeout=Duration.hours(1)))
    both = sfn.Parallel(stack, "Both")
    both.branch(desk.step("Law", summary="Lawful?", timeout=Duration.hours(1)))
    both.branch(desk.step("Money", summary="Paid?", timeout=Duration.hours(1)))
    workflow_of(stack, each.next(both))
    states = states_of(stack)
    assert "Approve" in states["Each"]["ItemProcessor"]["States"]
    assert ["Law" in branch["States"] for branch in states["Both"]["Branches"]] == [True, False]


def express(stack: Stack, chain: sfn.IChainable, id: str = "Express") -> None:
    sfn.StateMachine(
        stack,
        id,
        definition_body=sfn.DefinitionBody.from_chainable(chain),
        state_machine_type=sfn.StateMachineType.EXPRESS,
    )


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_an_express_workflow_cannot_wait_and_is_refused_at_synth(is_elsewhere: bool) -> None:
    app = App()
    office = Stack(app, "Office")
    desk = desk_in(office)
    stack = Stack(app, "Work") if is_elsewhere else office
    express(stack, desk.step("Approve", summary="Buy it?", timeout=Duration.hours(1)))
    with pytest.raises(RuntimeError, match="state_machine_type must be STANDARD with the step 'Approve'"):
        app.synth()


def test_other_express_workflows_are_no_concern_of_a_desks() -> None:
    app = App()
    stack = Stack(app, "Office")
    desk = desk_in(stack)
    workflow_of(stack, desk.step("Approve", summary="Buy it?", timeout=Duration.hours(1)))
    express(stack, sfn.Pass(stack, "Approve"))
    app.synth()


@pytest.mark.parametrize("language", [sfn.QueryLanguage.JSON_PATH, sfn.QueryLanguage.JSONATA])
def test_it_asks_again_when_it_was_refused_and_never_after_a_lost_answer(
    desk: ApprovalDesk, language: sfn.QueryLanguage
) -> None:
    step = desk.step(f"Patient{language.value}", summary="Buy it?", timeout=Duration.hours(1), query_language=language)
    (retry,) = Stack.of(desk).resolve(step.start_state.to_state_json())["Retry"]
    assert retry["ErrorEquals"] == ["StepFunctions.ExecutionLimitExceeded", "StepFunctions.ThrottlingException"]
    assert (retry["MaxAttempts"], retry["MaxDelaySeconds"], retry["JitterStrategy"]) == (20, 60, "FULL")


def test_details_that_no_workflow_could_carry_back_are_refused(ask: Callable[..., dict[str, Any]]) -> None:
    assert ask(details="x" * 20_000)["details"] == "x" * 20_000
    with pytest.raises(InvalidArgument, match="details must be 0 to 20000 characters, got 20001"):
        ask(details="x" * 20_001)
