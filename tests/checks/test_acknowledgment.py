"""add_checks and acknowledge: an error fails the synth, and a reason is kept where a review looks for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from constructs_lib import InvalidArgument
from constructs_lib.checks import acknowledge, add_checks


def app_with_findings(tmp_path: Path) -> tuple[App, sns.Topic, iam.Role]:
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Checked")
    topic = sns.Topic(stack, "Topic")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["ec2:DescribeSubnets"], resources=["*"]))
    add_checks(app)
    return app, topic, role


def report(tmp_path: Path) -> dict[str, Any]:
    (pack,) = [
        each
        for each in json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
        if each["pluginName"] == "AwsSolutions"
    ]
    found: dict[str, Any] = pack
    return found


def test_a_finding_fails_the_synth(tmp_path: Path) -> None:
    app, *_ = app_with_findings(tmp_path)
    with pytest.raises(RuntimeError, match="AwsSolutions-IAM5"):
        app.synth()
    names = {each["ruleName"] for each in report(tmp_path)["violations"]}
    assert names == {"AwsSolutions-SNS3", "AwsSolutions-IAM5[Resource::*]"}


def test_an_acknowledged_finding_does_not_and_its_reason_is_kept(tmp_path: Path) -> None:
    app, topic, role = app_with_findings(tmp_path)
    acknowledge(topic, "AwsSolutions-SNS3", reason="nobody publishes to it")
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", reason="the action knows no resources")
    app.synth()
    kept = {each["ruleName"]: each["reason"] for each in report(tmp_path)["suppressedViolations"]}
    assert kept == {
        "AwsSolutions-SNS3": "nobody publishes to it",
        "AwsSolutions-IAM5[Resource::*]": "the action knows no resources",
    }


def test_another_wildcard_is_still_found(tmp_path: Path) -> None:
    app, topic, role = app_with_findings(tmp_path)
    acknowledge(topic, "AwsSolutions-SNS3", reason="nobody publishes to it")
    acknowledge(role, "AwsSolutions-IAM5[Action::s3:*]", reason="another finding than the one there is")
    with pytest.raises(RuntimeError, match="AwsSolutions-IAM5"):
        app.synth()


def test_a_rule_and_a_reason_are_required() -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match="reason must say why"):
        acknowledge(stack, "AwsSolutions-SNS3", reason=" ")
    with pytest.raises(InvalidArgument, match="rules must name at least one rule"):
        acknowledge(stack, reason="because")


@pytest.mark.parametrize("rule", ["", "RDS6", "::", 5])
def test_what_names_no_rule_is_refused(rule: Any) -> None:
    with pytest.raises(InvalidArgument, match="rules must be ids as the report prints them"):
        acknowledge(Stack(App(), "Named"), rule, reason="it was looked at")


@pytest.mark.parametrize("reason", ["", " ", None, 5])
def test_what_gives_no_reason_is_refused(reason: Any) -> None:
    with pytest.raises(InvalidArgument, match="reason must say why the finding is right here"):
        acknowledge(Stack(App(), "Reasoned"), "RDS-6", reason=reason)
