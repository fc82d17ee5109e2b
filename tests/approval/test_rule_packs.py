"""What cdk-nag's packs and cfn-lint say of a desk: nothing but what is acknowledged, for the reason beside it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from constructs_lib import ApprovalDesk, UserDirectory
from constructs_lib.checks import add_checks

OF_SERVERLESS = ("APIGWAccessLogging", "LambdaDLQ", "LambdaStarPermissions", "SQSRedrivePolicy")
OF_NIST = (
    "APIGWAssociatedWithWAF",
    "APIGWCacheEnabledAndEncrypted",
    "APIGWExecutionLoggingEnabled",
    "APIGWSSLEnabled",
    "CloudWatchAlarmAction",
    "CloudWatchLogGroupEncrypted",
    "IAMNoInlinePolicy",
    "LambdaConcurrency",
    "LambdaDLQ",
    "LambdaInsideVPC",
)
PACKS = (AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks)


def office(app: App) -> Stack:
    stack = Stack(app, "Office", env=Environment(account="123456789012", region="eu-central-1"))
    users = UserDirectory(stack, "Users", groups=["managers", "directors"])
    ApprovalDesk(stack, "Plain", users=users, approvers="managers")
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    desk = ApprovalDesk(stack, "Desk", users=users, approvers="managers", encryption_key=key)
    desk.step(
        "Approve",
        summary="Buy it?",
        timeout=Duration.hours(1),
        escalate_after=Duration.minutes(5),
        escalate_to="directors",
    )
    return stack


@pytest.fixture(scope="module")
def folder() -> Path:
    app = App()
    office(app)
    add_checks(app, nag=PACKS)
    return Path(app.synth().directory)


def test_nothing_is_found_that_is_not_acknowledged(folder: Path) -> None:
    report = json.loads((folder / "validation-report.json").read_text())
    assert [pack["violations"] for pack in report["pluginReports"]] == [[]] * len(report["pluginReports"])
    broken = {
        finding["ruleName"].partition("[")[0]
        for pack in report["pluginReports"]
        if pack["pluginName"] != "PatternChecks"
        for finding in pack["suppressedViolations"]
    }
    assert broken == {
        *(
            f"AwsSolutions-{rule}"
            for rule in ("APIG1", "APIG3", "APIG4", "APIG6", "COG2", "COG4", "COG8", "IAM5", "SF1", "SQS3")
        ),
        *(f"Serverless-{rule}" for rule in OF_SERVERLESS),
        *(f"NIST.800.53.R5-{rule}" for rule in OF_NIST),
    }


def test_cfn_lint_finds_nothing(folder: Path) -> None:
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]  # redundant, but CDK's own
    command = [*lint, "--non-zero-exit-code", "informational", "--", str(folder / "Office.template.json")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
