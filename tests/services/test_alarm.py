"""An alarm is heard: by a topic that is reached over TLS only, by one that is encrypted, from another stack."""

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match
from constructs import Construct

from constructs_lib import InvalidArgument
from constructs_lib.services.alarm import alarm
from constructs_lib.services.dead_letter_queue import DeadLetterQueue
from constructs_lib.testing import template_of
from tests.statements import Template, only, resources

FROM_HERE = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
METRIC = cloudwatch.Metric(namespace="Desk", metric_name="Lost", period=Duration.minutes(1))


def raised(stack: Stack, id: str = "Lost", **arguments: Any) -> dict[str, Any]:
    alarm(stack, id, **{"metric": METRIC, "tells": "Look for it.", "topic": None, "above": 0, **arguments})
    return only(template_of(stack), "AWS::CloudWatch::Alarm")


def statements(template: Template, kind: str, document: str) -> list[dict[str, Any]]:
    """What CloudWatch is allowed by a policy."""
    (policy,) = resources(template, kind).values()
    return [
        each for each in policy[document]["Statement"] if each["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]


def test_a_metric_that_must_not_rise() -> None:
    made = raised(Stack(App(), "Desk"))
    assert (made["ComparisonOperator"], made["Threshold"]) == ("GreaterThanThreshold", 0)
    assert (made["EvaluationPeriods"], made.get("DatapointsToAlarm")) == (1, None)
    assert made["TreatMissingData"] == "notBreaching"
    assert made["AlarmDescription"] == "Desk: Look for it."
    assert "AlarmActions" not in made


def test_a_metric_that_must_not_fall() -> None:
    missing = cloudwatch.TreatMissingData.BREACHING
    made = raised(Stack(App(), "Desk"), above=None, below=1, periods=5, breaching=3, missing=missing)
    assert (made["ComparisonOperator"], made["Threshold"]) == ("LessThanThreshold", 1)
    assert (made["EvaluationPeriods"], made["DatapointsToAlarm"]) == (5, 3)
    assert made["TreatMissingData"] == "breaching"


def test_a_topic_that_is_reached_over_tls_only_hears_of_it_and_of_its_end() -> None:
    stack = Stack(App(), "Desk")
    topic = sns.Topic(stack, "OnCall", enforce_ssl=True)
    made = raised(stack, topic=topic)
    (name,) = resources(template_of(stack), "AWS::SNS::Topic")
    assert made["AlarmActions"] == made["OKActions"] == [{"Ref": name}]
    (allowed,) = statements(template_of(stack), "AWS::SNS::TopicPolicy", "PolicyDocument")
    assert (allowed["Effect"], allowed["Action"], allowed["Condition"]) == ("Allow", "sns:Publish", FROM_HERE)


def test_an_encrypted_topic_hears_of_a_dead_letter_in_another_stack() -> None:
    app = App()
    theirs, ours = Stack(app, "Operations"), Stack(app, "Desk")
    topic = sns.Topic(theirs, "OnCall", master_key=kms.Key(theirs, "Key"))
    DeadLetterQueue(ours, "Dead", alarm_topic=topic)
    (allowed,) = statements(template_of(theirs), "AWS::KMS::Key", "KeyPolicy")
    assert (allowed["Effect"], allowed["Action"]) == ("Allow", ["kms:Decrypt", "kms:GenerateDataKey*"])
    assert allowed["Condition"] == FROM_HERE
    assert statements(template_of(theirs), "AWS::SNS::TopicPolicy", "PolicyDocument")


def test_each_stack_lets_the_topic_hear_its_own_alarms() -> None:
    app = App()
    accounts = {"Here": "111111111111", "There": "222222222222"}
    home = Stack(app, "Operations", env={"account": "111111111111", "region": "eu-west-1"})
    topic = sns.Topic(home, "OnCall", topic_name="on-call")
    for name, account in accounts.items():
        stack = Stack(app, name, env={"account": account, "region": "eu-west-1"})
        for number in "12":
            alarm(stack, number, metric=METRIC, tells="Look.", topic=topic, above=0)
    allowed = statements(template_of(home), "AWS::SNS::TopicPolicy", "PolicyDocument")
    assert [each["Condition"]["StringEquals"]["aws:SourceAccount"] for each in allowed] == [*accounts.values()]


def test_of_an_imported_topic_it_is_said_once_what_it_must_allow() -> None:
    stack = Stack(App(), "Desk")
    topic = sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-west-1:123456789012:on-call")
    for id_ in ("Requests", "Orders"):
        alarm(Construct(stack, id_), "Lost", metric=METRIC, tells="Look.", topic=topic, above=0)
    said = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("cloudwatch.*Desk/OnCall"))
    assert len(said) == 1


def test_a_topic_that_cannot_hear_is_refused() -> None:
    stack = Stack(App(), "Desk")
    deaf = sns.Topic(stack, "OnCall", master_key=kms.Alias.from_alias_name(stack, "Managed", "alias/aws/sns"))
    with pytest.raises(InvalidArgument, match="customer managed key"):
        DeadLetterQueue(stack, "Dead", alarm_topic=deaf)
