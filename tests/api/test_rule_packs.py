"""What the rule packs and cfn-lint say of an API in each of its forms: nothing but what is acknowledged, and why."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NagPack,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from constructs_lib import ApiDomain, Auth, AwsAction, Http, ItemTable, ProtectedApi, UserDirectory
from constructs_lib.api.firewall import Firewall
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.checks import add_checks
from constructs_lib.testing import template_of
from tests.api.domains import ACCOUNT, certificate_in, stack_in, zone_for
from tests.api.networks import imported_endpoint, imported_vpc

PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)
SERVICE = Http("https://service.example.com")
REGION = "eu-west-1"


class Forms:
    """An app with an API whose callers, services and network are not this test's to judge."""

    def __init__(self) -> None:
        self.app = App()
        self.stack = stack_in(self.app, REGION)

    def api(self, **arguments: Any) -> ProtectedApi:
        users = cognito.UserPool.from_user_pool_id(self.stack, "Users", f"{REGION}_abcdefghi")
        api = ProtectedApi(self.stack, "Api", users=users, cors="https://desk.example.com", **arguments)
        api.route("POST /requests/{rest+}", SERVICE)
        return api

    def arn(self, service: str, name: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"

    def function(self) -> lambda_.IFunction:
        arn = self.arn("lambda", "function:check")
        return lambda_.Function.from_function_attributes(self.stack, "Check", function_arn=arn, same_environment=True)

    def logging(self) -> ApiGatewayLogging:
        return ApiGatewayLogging(self.stack, "ApiLogging")

    def topic(self) -> sns.Topic:
        key = kms.Key(self.stack, "Key", enable_key_rotation=True)
        return sns.Topic(self.stack, "OnCall", master_key=key, enforce_ssl=True)

    def domain(self, **arguments: Any) -> ApiDomain:
        return ApiDomain("api.example.com", zone=zone_for(self.stack), **arguments)


def for_everybody(forms: Forms) -> None:
    api = forms.api()
    api.route("GET /users", SERVICE, auth=Auth.cognito(scopes=["desk/read"]))
    api.route("GET /health", SERVICE, auth=Auth.none(reason="liveness probe"))
    api.route("PUT /import", SERVICE, auth=Auth.iam())
    api.route("GET /custom", SERVICE, auth=Auth.custom(forms.function(), header="X-Key", ttl=Duration.minutes(5)))


def with_actions(forms: Forms) -> None:
    api, stack = forms.api(), forms.stack
    queue = sqs.Queue.from_queue_arn(stack, "Queue", forms.arn("sqs", "orders"))
    machine = sfn.StateMachine.from_state_machine_arn(stack, "Machine", forms.arn("states", "stateMachine:Run"))
    bus = events.EventBus.from_event_bus_arn(stack, "Bus", forms.arn("events", "event-bus/desk"))
    table = ItemTable(stack, "Table", partition_key="id")
    api.route("POST /orders", AwsAction.send_message(queue), body={"type": "object"})
    api.route("POST /runs", AwsAction.start_execution(machine, caller=True))
    api.route("POST /events", AwsAction.put_event(bus, source="desk", detail_type="posted"))
    api.route("GET /items/{id}", AwsAction.get_item(table), auth=Auth.iam())


def with_alarms(forms: Forms) -> None:
    forms.api(alarm_topic=forms.topic())


def with_logs_and_alarms(forms: Forms) -> None:
    forms.api(alarm_topic=forms.topic(), logging=forms.logging(), latency_alarm=Duration.seconds(2))


def private_with_a_made_endpoint(forms: Forms) -> None:
    vpc = imported_vpc(forms.stack)
    api = forms.api(endpoint="private", vpc=vpc)
    api.route("PUT /import", SERVICE, auth=Auth.iam())
    api.allow_from(ec2.SecurityGroup.from_security_group_id(forms.stack, "Callers", "sg-0123456789abcdef1"))


def private_with_given_endpoints(forms: Forms) -> None:
    forms.api(endpoint="private", vpc_endpoints=[imported_endpoint(forms.stack, digit) for digit in "01"])


def private_with_a_name(forms: Forms) -> None:
    certificate = certificate_in(forms.stack, REGION)
    domain = ApiDomain("api.example.com", certificate=certificate, endpoint="private")
    forms.api(endpoint="private", vpc=imported_vpc(forms.stack), domain=domain, default_endpoint=False)


def with_a_firewall(forms: Forms) -> None:
    forms.api(web_acl=Firewall(forms.stack, "Firewall"))


def with_a_key_for_logs(forms: Forms) -> None:
    key = kms.Key(forms.stack, "Key", enable_key_rotation=True)
    firewall = Firewall(forms.stack, "Firewall", log_encryption_key=key)
    forms.api(web_acl=firewall, logging=forms.logging(), log_encryption_key=key)


def with_two_names(forms: Forms) -> None:
    api = forms.api(domain=forms.domain(), default_endpoint=False)
    certificate = certificate_in(forms.stack, "us-east-1", "AtEdge")
    api.add_domain(ApiDomain("edge.example.com", certificate=certificate, endpoint="edge"))


FORMS: dict[str, Callable[[Forms], object]] = {
    "by default": Forms.api,
    "for everybody": for_everybody,
    "with actions": with_actions,
    "with logs": lambda forms: forms.api(logging=forms.logging()),
    "with alarms": with_alarms,
    "with logs and alarms": with_logs_and_alarms,
    "without tracing": lambda forms: forms.api(tracing=False),
    "at the edge": lambda forms: forms.api(endpoint="edge", domain=forms.domain(endpoint="edge")),
    "with a name": lambda forms: forms.api(domain=forms.domain(base_path="desk")),
    "with two names": with_two_names,
    "private with a made endpoint": private_with_a_made_endpoint,
    "private with given endpoints": private_with_given_endpoints,
    "private with a name": private_with_a_name,
    "with a firewall": with_a_firewall,
    "with a key for logs": with_a_key_for_logs,
    "with a web ACL": lambda forms: forms.api(web_acl=forms.arn("wafv2", "regional/webacl/desk/0123-abcd")),
}


Reasons = dict[str, set[str]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Reasons]]:
    """The templates of all forms, and what each form's constructs break with which reason; the synth fails for more."""
    folder = tmp_path_factory.mktemp("templates")
    reasons = {}
    for name, build in FORMS.items():
        forms = Forms()
        build(forms)
        reasons[name] = reasons_in(forms.app)
        for stack in forms.app.node.children:
            if isinstance(stack, Stack):
                (folder / f"{name}-{stack.node.id}.json").write_text(json.dumps(template_of(stack)))
    return folder, reasons


def reasons_in(app: App, *packs: type[NagPack]) -> Reasons:
    """The rules that an app breaks with a reason, and the reasons; an error without one fails the synth."""
    add_checks(app, nag=packs or PACKS)
    report = json.loads((Path(app.synth().directory) / "validation-report.json").read_text())
    found: Reasons = {}
    for pack in report["pluginReports"]:
        for finding in pack["suppressedViolations"]:
            found.setdefault(finding["ruleName"], set()).add(finding["reason"])
    return found


def short(reasons: Reasons) -> set[str]:
    """The rules without the findings' own ends, and those of the compliance packs by the name that they share."""
    names = {name.partition("[")[0] for name in reasons}
    return {name.rpartition("-")[2] if name.startswith(("HIPAA", "NIST", "PCI")) else name for name in names}


ALWAYS = {"APIGWCacheEnabledAndEncrypted", "APIGWSSLEnabled"}
NO_FIREWALL = {"AwsSolutions-APIG3", "APIGWAssociatedWithWAF"}
NO_LOGS = {"AwsSolutions-APIG1", "AwsSolutions-APIG6", "Serverless-APIGWAccessLogging", "APIGWExecutionLoggingEnabled"}
LOGS = {"CloudWatchLogGroupEncrypted", "AwsSolutions-IAM4"}

EXPECTED = dict.fromkeys(FORMS, ALWAYS | NO_FIREWALL | NO_LOGS) | {
    "for everybody": ALWAYS | NO_FIREWALL | NO_LOGS | {"API-4", "AwsSolutions-APIG4", "AwsSolutions-COG4"},
    "with actions": ALWAYS | NO_FIREWALL | NO_LOGS | {"IAMNoInlinePolicy", "AwsSolutions-COG4"},
    "with logs": ALWAYS | NO_FIREWALL | LOGS,
    "with logs and alarms": ALWAYS | NO_FIREWALL | LOGS,
    "without tracing": ALWAYS | NO_FIREWALL | NO_LOGS | {"Serverless-APIGWXrayEnabled", "APIGWXrayEnabled"},
    "private with a made endpoint": ALWAYS | NO_FIREWALL | NO_LOGS | {"AwsSolutions-COG4"},
    "with a firewall": ALWAYS | NO_LOGS | {"CloudWatchLogGroupEncrypted"},
    "with a key for logs": ALWAYS | {"AwsSolutions-IAM4"},
    "with a web ACL": ALWAYS | NO_LOGS,
}


def test_what_is_acknowledged_is_the_owners_choice(judged: tuple[Path, dict[str, Reasons]]) -> None:
    assert {name: short(reasons) for name, reasons in judged[1].items()} == EXPECTED


def test_an_open_route_stands_in_the_report_with_its_own_reason(judged: tuple[Path, dict[str, Reasons]]) -> None:
    reasons = judged[1]["for everybody"]
    assert reasons["AwsSolutions-APIG4"] == {"liveness probe"}
    assert "liveness probe" in reasons["AwsSolutions-COG4"]
    assert any("AWS identities" in reason for reason in reasons["AwsSolutions-COG4"])


def test_cfn_lint_finds_nothing(judged: tuple[Path, dict[str, Reasons]]) -> None:
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *map(str, judged[0].iterdir())]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_who_chooses_the_safest_of_each_has_nothing_left_by_the_solutions_and_serverless_packs() -> None:
    app = App()
    stack = stack_in(app, REGION)
    users = UserDirectory(stack, "Users", mfa=cognito.Mfa.REQUIRED, feature_plan=cognito.FeaturePlan.PLUS)
    users.add_web_client("Web", callback_urls=["http://localhost/"])
    logging, firewall = ApiGatewayLogging(stack, "ApiLogging"), Firewall(stack, "Firewall")
    ProtectedApi(stack, "Api", users=users, logging=logging, web_acl=firewall).route("POST /requests", SERVICE)
    assert short(reasons_in(app, AwsSolutionsChecks, ServerlessChecks)) == {"AwsSolutions-IAM4"}


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_would_say_what_is_wrong(pack: type[NagPack]) -> None:
    app = App()
    apigateway.RestApi(stack_in(app, REGION), "Bare").root.add_method("GET")
    with pytest.raises(RuntimeError, match="APIG"):
        reasons_in(app, pack)
