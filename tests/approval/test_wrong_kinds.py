"""What is of another kind is refused by name, where mypy is not asked."""

from typing import Any

import pytest
from aws_cdk import Duration, Stack

from constructs_lib import ApprovalDesk, InvalidArgument, UserDirectory


def desk(**arguments: Any) -> ApprovalDesk:
    stack = Stack()
    users = UserDirectory(stack, "Users", groups=["managers"])
    return ApprovalDesk(stack, "Desk", **{"users": users, "approvers": "managers", **arguments})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"retention": 365}, "retention must be a Duration, got 365"),
        ({"page_url": 5}, "page_url must be a str, got 5"),
        ({"page": "no"}, "page must be a bool, got 'no'"),
        ({"users": "people"}, "users must be a UserDirectory, got 'people'"),
        ({"domain": "desk.example.com"}, "domain must be a ApiDomain, got 'desk.example.com'"),
        ({"web_acl": 5}, "web_acl must be a web ACL, or the ARN of one, got 5"),
        ({"notify": "topic"}, "notify must be an SNS topic, got 'topic'"),
        ({"event_bus": 5}, "event_bus must be an EventBridge event bus, got 5"),
        ({"encryption_key": 5}, "encryption_key must be a key, 'aws-managed' or None, got 5"),
        ({"alarm_topic": "topic"}, "topic must be an SNS topic, got 'topic'"),
        ({"logging": "yes"}, "logging must be a ApiGatewayLogging, got 'yes'"),
    ],
)
def test_of_a_desk(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        desk(**arguments)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"timeout": 60}, "timeout must be a Duration, got 60"),
        ({"remind_every": 60}, "remind_every must be a Duration, got 60"),
        ({"escalate_after": 60, "escalate_to": "managers"}, "escalate_after must be a Duration, got 60"),
        ({"summary": 5}, "summary must be a str, got 5"),
        ({"details": {"items": 1}}, "details must be a str, got {'items': 1}"),
        ({"requester": 5}, "requester must be a str, got 5"),
        ({"result_path": 5}, "result_path must be a str, got 5"),
        ({"query_language": "JSONata"}, "query_language must be a QueryLanguage, got 'JSONata'"),
    ],
)
def test_of_a_step(arguments: dict[str, Any], sentence: str) -> None:
    said: dict[str, Any] = {"summary": "Buy it?", "timeout": Duration.hours(1)}
    with pytest.raises(InvalidArgument) as refused:
        desk().step("Approve", **said | arguments)
    assert sentence in str(refused.value)
