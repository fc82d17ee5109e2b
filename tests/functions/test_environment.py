"""give_environment: two patterns never overwrite each other's variables in silence."""

from typing import Any

import pytest
from aws_cdk import App, Aws, Stack
from aws_cdk import aws_lambda as lambda_

from constructs_lib import InvalidArgument
from constructs_lib.functions.environment import give_environment
from constructs_lib.testing import template_of
from tests.statements import only

IMPORTED = "arn:aws:lambda:eu-central-1:123456789012:function:imported"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


@pytest.fixture
def function(stack: Stack) -> lambda_.Function:
    return lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def variables(stack: Stack) -> dict[str, Any]:
    given: dict[str, Any] = only(template_of(stack), "AWS::Lambda::Function")["Environment"]["Variables"]
    return given


def test_the_same_value_again_changes_nothing(stack: Stack, function: lambda_.Function) -> None:
    give_environment(function, TABLE="requests", REGION=Aws.REGION)
    give_environment(function, TABLE="requests", REGION=Aws.REGION, MORE="x")
    assert variables(stack) == {"TABLE": "requests", "REGION": {"Ref": "AWS::Region"}, "MORE": "x"}


def test_they_come_in_the_order_given_in_each_synth(stack: Stack, function: lambda_.Function) -> None:
    names = [f"NAME{number}" for number in range(9)]
    give_environment(function, **dict.fromkeys(names, "x"))
    assert list(variables(stack)) == names


def test_another_value_is_refused_and_nothing_of_it_given(stack: Stack, function: lambda_.Function) -> None:
    give_environment(function, DB_HOST="one")
    sentence = r"the environment of Stack/Function must have one DB_HOST only, which is 'one' already, got 'two'"
    with pytest.raises(InvalidArgument, match=sentence):
        give_environment(function, DB_PORT="5432", DB_HOST="two")
    assert variables(stack) == {"DB_HOST": "one"}


def test_another_token_is_refused(function: lambda_.Function) -> None:
    give_environment(function, DB_HOST=Aws.REGION)
    with pytest.raises(InvalidArgument, match="one DB_HOST only"):
        give_environment(function, DB_HOST=Aws.STACK_NAME)


def test_what_all_patterns_give_stays_within_4_kb(stack: Stack, function: lambda_.Function) -> None:
    give_environment(function, A="x" * 4_000)
    give_environment(function, TOKEN=Aws.REGION * 100)  # whose size is not known
    with pytest.raises(InvalidArgument, match="environment must be 0 to 4096 bytes"):
        give_environment(function, B="x" * 100)
    assert "B" not in variables(stack)


def test_what_has_no_environment_of_its_own_is_told(stack: Stack, function: lambda_.Function) -> None:
    for other in (
        lambda_.Function.from_function_arn(stack, "Imported", IMPORTED),
        function.current_version,
        function.add_alias("live"),
    ):
        with pytest.raises(InvalidArgument, match="function must be a function of this app and no version or alias"):
            give_environment(other, DB_HOST="one")
