"""The stage: how much it takes, and what it tells."""

import json
import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import Auth, InvalidArgument, ProtectedApi
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with
from tests.statements import only, resources


@pytest.fixture(scope="module")
def stage() -> dict[str, Any]:
    stack, _ = api_with()
    return only(template_of(stack), "AWS::ApiGateway::Stage")


def test_no_logs_where_the_account_may_have_no_role_for_them(stage: dict[str, Any]) -> None:
    assert "AccessLogSetting" not in stage
    assert "LoggingLevel" not in stage["MethodSettings"][0]


def test_the_stage_is_throttled_and_traced(stage: dict[str, Any]) -> None:
    (settings,) = stage["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (100, 200)
    assert stage["TracingEnabled"] is True


def test_limits_and_tracing_may_be_chosen() -> None:
    stack, _ = api_with(rate_limit=0.5, burst_limit=1, tracing=False)
    stage = only(template_of(stack), "AWS::ApiGateway::Stage")
    (settings,) = stage["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (0.5, 1)
    assert stage["TracingEnabled"] is False


def test_logs_wait_for_the_account_and_end_some_day() -> None:
    stack = Stack(App(), "Desk")
    logging = ApiGatewayLogging(stack, "ApiLogging")
    api = ProtectedApi(stack, "Api", logging=logging, log_retention=logs.RetentionDays.ONE_WEEK)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    template = template_of(stack)
    (stage,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::ApiGateway::Stage")
    access_log = stage["Properties"]["AccessLogSetting"]
    fields = json.loads(access_log["Format"])
    assert fields["requestId"] == "$context.requestId"
    # Whoever calls: a user, somebody whom a function of one's own knows, or an AWS identity.
    assert fields["user"] == "$context.authorizer.claims.sub"
    assert fields["principal"] == "$context.authorizer.principalId"
    assert fields["identity"] == "$context.identity.userArn"
    assert stage["Properties"]["MethodSettings"][0]["LoggingLevel"] == "ERROR"
    assert stage["Properties"]["MethodSettings"][0]["DataTraceEnabled"] is False
    assert set(resources(template, "AWS::ApiGateway::Account")) < set(stage["DependsOn"])
    groups = resources(template, "AWS::Logs::LogGroup")
    assert access_log["DestinationArn"]["Fn::GetAtt"][0] in groups
    assert {group["RetentionInDays"] for group in groups.values()} == {7}
    # The group that API Gateway would else make for itself and keep for ever.
    (execution,) = (name for name, group in groups.items() if "LogGroupName" in group)
    assert groups[execution]["LogGroupName"]["Fn::Join"][1][0] == "API-Gateway-Execution-Logs_"
    assert groups[execution]["LogGroupName"]["Fn::Join"][1][2] == f"/{stage['Properties']['StageName']}"
    assert execution in stage["DependsOn"]
    # Evidence outlives the API; a group whose name is given would only stand in the way of the next deployment.
    policies = {template["Resources"][name]["DeletionPolicy"] for name in groups if name != execution}
    assert (policies, template["Resources"][execution]["DeletionPolicy"]) == ({"Retain"}, "Delete")


def test_logs_may_be_encrypted_by_a_key_of_ones_own() -> None:
    stack = Stack(App(), "Desk")
    logging, key = ApiGatewayLogging(stack, "ApiLogging"), kms.Key(stack, "Key")
    api = ProtectedApi(stack, "Api", logging=logging, log_encryption_key=key)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    template = template_of(stack)
    groups = list(resources(template, "AWS::Logs::LogGroup").values())
    assert [group["KmsKeyId"] for group in groups] == [stack.resolve(key.key_arn)] * 2
    services = [
        statement["Principal"].get("Service") for statement in only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    ]
    assert {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]} in services


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"rate_limit": 0}, "rate_limit must be above 0 requests a second, got 0 (Throttle requests to your REST APIs"),
        ({"rate_limit": "5"}, "rate_limit must be above 0 requests a second, got '5'"),
        ({"rate_limit": True}, "rate_limit must be above 0 requests a second, got True"),
        ({"burst_limit": -1}, "burst_limit must be above 0 requests, a whole number, got -1"),
        ({"burst_limit": 1.5}, "burst_limit must be above 0 requests, a whole number, got 1.5"),
        ({"burst_limit": True}, "burst_limit must be above 0 requests, a whole number, got True"),
        ({"tracing": "no"}, "tracing must be a bool, got 'no'"),
        ({"logging": True}, "logging must be a ApiGatewayLogging, got True"),
        ({"default_endpoint": "no"}, "default_endpoint must be a bool, got 'no'"),
        ({"domain": "api.example.com"}, "domain must be a ApiDomain, got 'api.example.com'"),
        ({"latency_alarm": 20}, "latency_alarm must be a Duration, got 20"),
        ({"log_retention": logs.RetentionDays.INFINITE}, "log_retention must end some day, got 'INFINITE'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        ProtectedApi(stack, "Api", **arguments)
    assert stack.node.children == []
