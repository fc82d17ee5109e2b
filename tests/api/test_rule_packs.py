"""cdk-nag's packs on an API, its users and what answers it: what is found, and why it stands."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from cdk_nag import AwsSolutionsChecks, NagPack, NIST80053R5Checks, ServerlessChecks

from constructs_lib import ApiDomain, Auth, AwsAction, Http, ItemTable, ProtectedApi, UserDirectory
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.checks import add_checks
from tests.api.domains import stack_in, zone_for

SERVICE = Http("https://service.example.com")


def acknowledged(app: App, *packs: type[NagPack]) -> dict[str, set[str]]:
    """The rules that an app's constructs break with a reason, and the reasons; the synth fails for others."""
    add_checks(app, nag=packs or (AwsSolutionsChecks, ServerlessChecks))
    report = json.loads((Path(app.synth().directory) / "validation-report.json").read_text())
    found: dict[str, set[str]] = {}
    for pack in report["pluginReports"]:
        assert pack["violations"] == []
        for finding in pack["suppressedViolations"]:
            found.setdefault(finding["ruleName"], set()).add(finding["reason"])
    return found


def desk(stack: Stack, users: UserDirectory, **arguments: Any) -> ProtectedApi:
    users.add_web_client("Web", callback_urls=["http://localhost/"])
    api = ProtectedApi(stack, "Api", users=users, cors="https://desk.example.com", **arguments)
    api.route("ANY /requests/{rest+}", SERVICE)
    return api


@pytest.fixture(scope="module")
def by_default() -> dict[str, set[str]]:
    app = App()
    stack = stack_in(app, "eu-west-1")
    domain = ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge")
    api = desk(stack, UserDirectory(stack, "Users", groups=["managers"]), domain=domain)
    api.route("GET /health", SERVICE, auth=Auth.none(reason="liveness probe"))
    api.route("PUT /import", SERVICE, auth=Auth.iam())
    return acknowledged(app)


def test_by_default_only_the_owners_choices_are_left(by_default: dict[str, set[str]]) -> None:
    assert set(by_default) == {
        "AwsSolutions-APIG1",
        "AwsSolutions-APIG3",
        "AwsSolutions-APIG4",
        "AwsSolutions-APIG6",
        "AwsSolutions-COG2",
        "AwsSolutions-COG4",
        "AwsSolutions-COG8",
        "Serverless-APIGWAccessLogging",
    }


def test_an_open_route_stands_in_the_report_with_its_own_reason(by_default: dict[str, set[str]]) -> None:
    assert by_default["AwsSolutions-APIG4"] == {"liveness probe"}
    assert "liveness probe" in by_default["AwsSolutions-COG4"]
    assert any("AWS identities" in reason for reason in by_default["AwsSolutions-COG4"])


def test_who_chooses_the_safest_of_each_has_nothing_left_but_the_firewall() -> None:
    app = App()
    stack = stack_in(app, "eu-west-1")
    users = UserDirectory(stack, "Users", mfa=cognito.Mfa.REQUIRED, feature_plan=cognito.FeaturePlan.PLUS)
    desk(stack, users, logging=ApiGatewayLogging(stack, "ApiLogging"))
    found = acknowledged(app)
    assert {rule.partition("[")[0] for rule in found} == {"AwsSolutions-APIG3", "AwsSolutions-IAM4"}


def test_switching_tracing_off_is_reported_as_a_choice() -> None:
    app = App()
    stack = stack_in(app, "eu-west-1")
    desk(stack, UserDirectory(stack, "Users"), tracing=False)
    assert "Serverless-APIGWXrayEnabled" in acknowledged(app)


@pytest.mark.parametrize("has_logs", [True, False])
def test_services_that_answer_themselves_leave_nothing_open_by_nist_either(has_logs: bool) -> None:
    app = App()
    stack = stack_in(app, "eu-west-1")
    logging = ApiGatewayLogging(stack, "ApiLogging") if has_logs else None
    api = ProtectedApi(stack, "Api", users=UserDirectory(stack, "Users"), logging=logging)
    arn = "arn:aws:{}:eu-west-1:123456789012:{}".format
    queue = sqs.Queue.from_queue_arn(stack, "Queue", arn("sqs", "orders"))
    machine = sfn.StateMachine.from_state_machine_arn(stack, "Machine", arn("states", "stateMachine:Run"))
    bus = events.EventBus.from_event_bus_arn(stack, "Bus", arn("events", "event-bus/desk"))
    api.route("POST /orders", AwsAction.send_message(queue), body={"type": "object"})
    api.route("POST /runs", AwsAction.start_execution(machine))
    api.route("POST /events", AwsAction.put_event(bus, source="desk", detail_type="posted"))
    if has_logs:  # a table asks by NIST for a backup plan, which is not the API's to have
        api.route("GET /items/{id}", AwsAction.get_item(ItemTable(stack, "Table", partition_key="id")), auth=Auth.iam())
    found = acknowledged(app, AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks)
    of_nist = {rule for rule in found if rule.startswith("NIST")}
    of_logs = "CloudWatchLogGroupEncrypted" if has_logs else "APIGWExecutionLoggingEnabled"
    assert {rule.removeprefix("NIST.800.53.R5-") for rule in of_nist} == {
        "APIGWAssociatedWithWAF",
        "APIGWCacheEnabledAndEncrypted",
        "APIGWSSLEnabled",
        "IAMNoInlinePolicy",
        of_logs,
    }
