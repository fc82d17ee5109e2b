"""The sample app's settings: what the context says is what is deployed."""

import json
from typing import Any

import pytest
from aws_cdk import App

from constructs_lib.testing import template_of
from sample_app.app import purchase_desk
from sample_app.settings import Settings
from tests.statements import only, resources

DOMAIN = {
    "name": "api.example.com",
    "zone": "example.com",
    "zoneId": "Z0123456789",
    "endpoint": "edge",
    "account": "123456789012",
    "region": "eu-west-1",
}


GIVEN = {
    "keepData": "no",
    "approvalTimeoutSeconds": "60",
    "alarmEmail": "ops@example.com",
    "apiLogs": "yes",
    "firewall": "yes",
}


@pytest.fixture(scope="module", params=[DOMAIN, json.dumps(DOMAIN)], ids=["cdk.json", "command line"])
def stacks(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The app with all that can be said, synthesized with its checks."""
    app = purchase_desk(App(context={"domain": request.param, **GIVEN}))
    app.synth()
    return {child.node.id: child for child in app.node.children if child.node.id != "Tree"}


def test_the_edge_name_has_its_certificate_in_us_east_1(stacks: dict[str, Any]) -> None:
    support = stacks["EdgeCertificates123456789012"]
    assert support.region == "us-east-1"
    assert only(template_of(support), "AWS::CertificateManager::Certificate")["DomainName"] == "api.example.com"
    name = only(template_of(stacks["DeskApi"]), "AWS::ApiGateway::DomainName")
    assert name["EndpointConfiguration"]["Types"] == ["EDGE"]


def test_managers_have_the_time_that_was_said(stacks: dict[str, Any]) -> None:
    machines = resources(template_of(stacks["DeskApproval"]), "AWS::StepFunctions::StateMachine").values()
    definitions = [json.dumps(machine["DefinitionString"]).replace("\\", "") for machine in machines]
    assert any('"timeout_seconds":60' in definition for definition in definitions)


def test_data_goes_when_it_was_said_to(stacks: dict[str, Any]) -> None:
    data = template_of(stacks["DeskData"])["Resources"].values()
    kept = [each["Type"] for each in data if each.get("DeletionPolicy") == "Retain"]
    assert kept == []


def test_the_archive_stays_even_then(stacks: dict[str, Any]) -> None:
    archive = template_of(stacks["DeskArchive"])["Resources"].values()
    buckets = [each["DeletionPolicy"] for each in archive if each["Type"] == "AWS::S3::Bucket"]
    assert buckets == ["Retain", "Retain"]


def test_who_was_named_is_told_of_alarms(stacks: dict[str, Any]) -> None:
    subscription = only(template_of(stacks["DeskOperations"]), "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_the_api_has_logs_and_a_firewall_when_asked_for(stacks: dict[str, Any]) -> None:
    api = template_of(stacks["DeskApi"])
    assert only(api, "AWS::ApiGateway::Account")
    assert only(api, "AWS::ApiGateway::Stage")["AccessLogSetting"]
    assert only(api, "AWS::WAFv2::WebACLAssociation")


def test_nothing_is_asked_for_that_was_not_said() -> None:
    settings = Settings.of(App())
    assert (settings.alarm_email, settings.api_logs, settings.firewall) == (None, False, False)
    assert settings.keep_data
