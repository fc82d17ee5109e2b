"""Firewall: what it refuses, what it tells, and what it keeps to itself."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import InvalidArgument
from constructs_lib.api.firewall import Firewall
from constructs_lib.testing import template_of
from tests.statements import only

ACL, LOGGING, GROUP = "AWS::WAFv2::WebACL", "AWS::WAFv2::LoggingConfiguration", "AWS::Logs::LogGroup"


def made(**arguments: Any) -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    Firewall(stack, "Firewall", **arguments)
    return template_of(stack)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return made()


def rules_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in only(template, ACL)["Rules"]}


def test_what_no_rule_refuses_passes(template: dict[str, Any]) -> None:
    acl = only(template, ACL)
    assert (acl["Scope"], acl["DefaultAction"]) == ("REGIONAL", {"Allow": {}})


def test_a_flood_is_refused_by_address(template: dict[str, Any]) -> None:
    rule = rules_of(template)["TooManyRequests"]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"] == {"RateBasedStatement": {"AggregateKeyType": "IP", "Limit": 2000}}
    assert rules_of(made(requests_per_address=10))["TooManyRequests"]["Statement"]["RateBasedStatement"]["Limit"] == 10


def test_the_rules_of_aws_refuse_by_themselves(template: dict[str, Any]) -> None:
    groups = {name: rule for name, rule in rules_of(template).items() if name != "TooManyRequests"}
    assert set(groups) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    }
    for name, rule in groups.items():
        managed = rule["Statement"]["ManagedRuleGroupStatement"]
        assert (managed["VendorName"], managed["Name"], rule["OverrideAction"]) == ("AWS", name, {"None": {}})


def test_each_rule_is_asked_in_turn_and_measured(template: dict[str, Any]) -> None:
    rules = only(template, ACL)["Rules"]
    assert [rule["Priority"] for rule in rules] == [0, 1, 2, 3]
    assert rules[0]["Name"] == "TooManyRequests"
    for part in (*rules, only(template, ACL)):
        visibility = part["VisibilityConfig"]
        assert (visibility["CloudWatchMetricsEnabled"], visibility["SampledRequestsEnabled"]) == (True, True)
    assert len({rule["VisibilityConfig"]["MetricName"] for rule in rules}) == 4


def overridden(template: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups = {name: rule["Statement"].get("ManagedRuleGroupStatement", {}) for name, rule in rules_of(template).items()}
    return {name: group["RuleActionOverrides"] for name, group in groups.items() if "RuleActionOverrides" in group}


def test_bodies_that_api_gateway_takes_pass_whatever_their_size(template: dict[str, Any]) -> None:
    only_counted = [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
    assert overridden(template) == {"AWSManagedRulesCommonRuleSet": only_counted}
    assert overridden(made(large_bodies=False)) == {}


def test_what_callers_keep_secret_is_blackened_wherever_it_would_be_told(template: dict[str, Any]) -> None:
    (protection,) = only(template, ACL)["DataProtectionConfig"]["DataProtections"]
    assert protection == {
        "Action": "SUBSTITUTION",
        "Field": {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization", "cookie"]},
    }
    (protection,) = only(made(secret_headers=["x-key"]), ACL)["DataProtectionConfig"]["DataProtections"]
    assert protection["Field"]["FieldKeys"] == ["x-key"]
    assert "DataProtectionConfig" not in only(made(secret_headers=[]), ACL)


def test_what_is_refused_or_would_be_is_logged(template: dict[str, Any]) -> None:
    logging = only(template, LOGGING)
    assert template["Resources"][logging["ResourceArn"]["Fn::GetAtt"][0]]["Type"] == ACL
    kept = logging["LoggingFilter"]
    assert kept["DefaultBehavior"] == "DROP"
    (only_filter,) = kept["Filters"]
    assert (only_filter["Behavior"], only_filter["Requirement"]) == ("KEEP", "MEETS_ANY")
    assert [each["ActionCondition"]["Action"] for each in only_filter["Conditions"]] == ["BLOCK", "COUNT"]


def test_the_log_is_where_aws_waf_may_write_and_ends_some_day(template: dict[str, Any]) -> None:
    ((group_id, group),) = ((name, each) for name, each in template["Resources"].items() if each["Type"] == GROUP)
    assert group["Properties"]["LogGroupName"].startswith("aws-waf-logs-")
    assert group["Properties"]["RetentionInDays"] == 90
    assert group["DeletionPolicy"] == "Delete"
    (destination,) = only(template, LOGGING)["LogDestinationConfigs"]
    parts = destination["Fn::Join"][1]
    assert parts[-2:] == [":log-group:", {"Ref": group_id}]
    assert only(made(log_retention=logs.RetentionDays.ONE_WEEK), GROUP)["RetentionInDays"] == 7


def test_the_log_may_be_encrypted_by_a_key_of_ones_own() -> None:
    stack = Stack(App(), "Desk")
    key = kms.Key(stack, "Key")
    Firewall(stack, "Firewall", log_encryption_key=key)
    assert only(template_of(stack), GROUP)["KmsKeyId"] == stack.resolve(key.key_arn)


def test_two_firewalls_of_an_account_have_two_logs() -> None:
    app = App()
    firewalls = [Firewall(Stack(app, name), "Firewall") for name in ("One", "Other")]
    names = {only(template_of(Stack.of(firewall)), GROUP)["LogGroupName"] for firewall in firewalls}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"requests_per_address": 9},
            "requests_per_address must be 10 to 2000000000 requests, got 9 (RateBasedStatement",
        ),
        ({"secret_headers": "authorization"}, "secret_headers must be a list of headers, got 'authorization'"),
        ({"large_bodies": 8192}, "large_bodies must be a bool, got 8192"),
        ({"log_retention": logs.RetentionDays.INFINITE}, "log_retention must end some day, got 'INFINITE'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        Firewall(stack, "Firewall", **arguments)
    assert stack.node.children == []
