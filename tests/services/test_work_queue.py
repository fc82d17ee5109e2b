"""WorkQueue and DeadLetterQueue: no message is lost, and somebody is told."""

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_sns as sns

from constructs_lib import InvalidArgument, WorkQueue
from constructs_lib.testing import template_of
from tests.items.test_item_table import function
from tests.statements import allowed, only, resources, role_of


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Queued")
    queue = WorkQueue(stack, "Work", visibility_timeout=Duration.seconds(90), alarm_topic=sns.Topic(stack, "Topic"))
    queue.grant_send(function(stack, "Sender"))
    return template_of(stack)


@pytest.fixture(scope="module")
def queues(template: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The queue and its dead-letter queue."""
    work = next(each for each in resources(template, "AWS::SQS::Queue").values() if "RedrivePolicy" in each)
    dead = work["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    return work, template["Resources"][dead]


def test_a_message_is_dead_after_three_receives(queues: tuple[dict[str, Any], dict[str, Any]]) -> None:
    work, _ = queues
    assert work["RedrivePolicy"]["maxReceiveCount"] == 3
    assert work["VisibilityTimeout"] == 90
    assert work["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_dead_messages_are_kept_for_as_long_as_sqs_allows(queues: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, dead = queues
    assert dead["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert dead["DeletionPolicy"] == "Retain"


def test_both_are_encrypted_and_refuse_plain_http(template: dict[str, Any]) -> None:
    queues = resources(template, "AWS::SQS::Queue")
    assert [queue["SqsManagedSseEnabled"] for queue in queues.values()] == [True, True]
    guarded = set()
    for policy in resources(template, "AWS::SQS::QueuePolicy").values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        guarded |= {queue["Ref"] for queue in policy["Queues"]}
    assert guarded == set(queues)


def test_the_first_dead_message_raises_the_alarm(
    template: dict[str, Any], queues: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    alarm = only(template, "AWS::CloudWatch::Alarm")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Statistic"]) == (60, 1, "Maximum")
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    dead = queues[0]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert [dimension["Value"]["Fn::GetAtt"][0] for dimension in alarm["Dimensions"]] == [dead]
    assert [action["Ref"] for action in alarm["AlarmActions"]] == [*resources(template, "AWS::SNS::Topic")]


def test_a_sender_may_send_and_knows_where(template: dict[str, Any]) -> None:
    sender = only(template, "AWS::Lambda::Function")
    granted = allowed(template, role_of(sender))
    assert set(granted) == {"sqs:SendMessage"}
    queue = granted["sqs:SendMessage"][0]["Fn::GetAtt"][0]
    assert "RedrivePolicy" in template["Resources"][queue]["Properties"]
    assert sender["Environment"]["Variables"]["QUEUE_URL"] == {"Ref": queue}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"max_receive_count": 0}, "max_receive_count must be 1 to 1000 receives, got 0"),
        ({"max_receive_count": 1001}, "got 1001 (Amazon SQS SetQueueAttributes)"),
        ({"visibility_timeout": Duration.hours(13)}, "visibility_timeout must be 0 to 43200 seconds, got 46800"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument) as refused:
        WorkQueue(stack, "Work", **arguments)
    assert sentence in str(refused.value)
    assert stack.node.children == []
