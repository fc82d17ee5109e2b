"""Whoever is on call hears of each alarm of the sample app, and need listen at one place only."""

from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib.testing import template_of
from sample_app.app import purchase_desk
from tests.statements import listed, only, resources

STACKS = ("DeskData", "DeskArchive", "DeskApproval", "DeskApi")


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    app = purchase_desk(App())
    return {stack.node.id: template_of(stack) for stack in app.node.children if isinstance(stack, Stack)}


@pytest.mark.parametrize("stack", STACKS)
def test_each_alarm_is_told_to_the_one_topic(templates: dict[str, dict[str, Any]], stack: str) -> None:
    alarms = resources(templates[stack], "AWS::CloudWatch::Alarm")
    assert alarms
    told = {str(alarm.get("AlarmActions")) for alarm in alarms.values()}
    assert len(told) == 1, {name: alarm.get("AlarmActions") for name, alarm in alarms.items()}
    assert "DeskOperations" in told.pop()


def test_alarms_and_the_database_may_publish_to_it(templates: dict[str, dict[str, Any]]) -> None:
    operations = templates["DeskOperations"]
    expected = {"cloudwatch.amazonaws.com", "events.rds.amazonaws.com"}
    assert services(only(operations, "AWS::SNS::TopicPolicy")["PolicyDocument"]) == expected
    assert services(only(operations, "AWS::KMS::Key")["KeyPolicy"]) == expected


def services(policy: dict[str, Any]) -> set[str]:
    """The services that a policy lets in."""
    allowed = [each["Principal"] for each in policy["Statement"] if each["Effect"] == "Allow"]
    return {service for principal in allowed for service in listed(principal.get("Service", []))}
