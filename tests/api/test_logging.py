"""ApiGatewayLogging: one role for an account and region, set once and by request."""

import re
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack, Stage

from constructs_lib import InvalidArgument
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.testing import template_of
from tests.statements import only

SEOUL = Environment(account="123456789012", region="ap-northeast-2")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Logs", env=SEOUL)
    ApiGatewayLogging(stack, "ApiLogging")
    return template_of(stack)


def test_api_gateway_may_write_logs_and_nothing_else(template: dict[str, Any]) -> None:
    role = only(template, "AWS::IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}
    (policy,) = role["ManagedPolicyArns"]
    assert policy["Fn::Join"][1][-1] == ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert "Policies" not in role


def test_the_account_uses_the_role(template: dict[str, Any]) -> None:
    role = only(template, "AWS::ApiGateway::Account")["CloudWatchRoleArn"]["Fn::GetAtt"][0]
    assert template["Resources"][role]["Type"] == "AWS::IAM::Role"


def test_both_outlive_the_stack_because_others_log_through_them(template: dict[str, Any]) -> None:
    policies = {each["Type"]: each["DeletionPolicy"] for each in template["Resources"].values()}
    assert policies == {"AWS::IAM::Role": "Retain", "AWS::ApiGateway::Account": "Retain"}


def test_a_role_that_is_set_elsewhere_is_left_alone() -> None:
    stack = Stack(App(), "Logs")
    ApiGatewayLogging(stack, "ApiLogging", managed_elsewhere=True)
    ApiGatewayLogging(stack, "AlsoElsewhere", managed_elsewhere=True)
    assert "Resources" not in template_of(stack)


@pytest.mark.parametrize("env", [SEOUL, None])
def test_one_account_and_region_has_one(env: Environment | None) -> None:
    app = App()
    ApiGatewayLogging(Stack(app, "One", env=env), "ApiLogging")
    other = Stack(app, "Other", env=env)
    with pytest.raises(
        InvalidArgument, match=re.escape("ApiGatewayLogging must be made once for an account and region")
    ):
        ApiGatewayLogging(other, "ApiLogging")
    assert other.node.children == []


def test_the_stages_of_an_app_share_an_account() -> None:
    app = App()
    ApiGatewayLogging(Stack(Stage(app, "Test", env=SEOUL), "Logs"), "ApiLogging")
    with pytest.raises(InvalidArgument, match="be made once for an account and region"):
        ApiGatewayLogging(Stack(Stage(app, "Live", env=SEOUL), "Logs"), "ApiLogging")


def test_stages_of_which_nothing_is_known_may_be_accounts_apart() -> None:
    app = App()
    for name in ("Test", "Live"):
        assert ApiGatewayLogging(Stack(Stage(app, name), "Logs"), "ApiLogging").role


def test_each_region_has_its_own() -> None:
    app = App()
    for region in ("ap-northeast-2", "eu-west-1"):
        ApiGatewayLogging(Stack(app, region, env=Environment(region=region)), "ApiLogging")
    assert len(app.synth().stacks) == 2
