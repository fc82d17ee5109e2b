"""What is of another kind is refused by name, where mypy is not asked."""

from typing import Any

import pytest
from aws_cdk import Stack

from constructs_lib import Auth, Http, InvalidArgument, ProtectedApi

SERVICE = Http("https://service.example.com")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"users": "people"},
            "users must be a UserDirectory or a user pool, got 'people' (constructs_lib",
        ),
        ({"users": 5}, "users must be a UserDirectory or a user pool, got 5"),
        ({"log_retention": 90}, "log_retention must be a RetentionDays, got 90"),
        ({"cors": 5}, "cors must be a str, got 5"),
    ],
)
def test_of_an_api(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack()
    with pytest.raises(InvalidArgument) as refused:
        ProtectedApi(stack, "Api", **arguments)
    assert sentence in str(refused.value)
    assert stack.node.try_find_child("Api") is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"route": 5}, "route must be a str, got 5"),
        ({"integration": "function"}, "integration must be a function, Http or AwsAction, got 'function'"),
        ({"auth": "iam"}, "auth must be a Auth, got 'iam'"),
    ],
)
def test_of_a_route(arguments: dict[str, Any], sentence: str) -> None:
    api = ProtectedApi(Stack(), "Api")
    said: dict[str, Any] = {"route": "GET /x", "integration": SERVICE, "auth": Auth.iam()}
    with pytest.raises(InvalidArgument) as refused:
        api.route(**said | arguments)
    assert sentence in str(refused.value)
    assert api.methods == {}


def test_of_an_authorizer() -> None:
    check: Any = "check"
    with pytest.raises(InvalidArgument, match="function must be a Lambda function, got 'check'"):
        Auth.custom(check)
