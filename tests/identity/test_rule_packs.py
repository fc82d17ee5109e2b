"""What the rule packs and cfn-lint say of a directory in each of its forms: nothing but what is acknowledged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cognito as cognito
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from constructs_lib import ItemTable, UserDirectory
from constructs_lib.checks import add_checks

PACKS = (AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks)
SAFEST: dict[str, Any] = {"mfa": cognito.Mfa.REQUIRED, "feature_plan": cognito.FeaturePlan.PLUS, "passkeys": True}
FORMS: dict[str, dict[str, Any]] = {
    "by default": {},
    "safest": SAFEST,
    "lite": {"feature_plan": cognito.FeaturePlan.LITE, "mfa": cognito.Mfa.OFF},
}


def synthesized(folder: Path, **arguments: Any) -> Path:
    """All that a directory can make, beside a table that is not this test's to judge; a finding fails the synth."""
    app = App(outdir=str(folder))
    stack, data = Stack(app, "People"), Stack(app, "Data")
    scopes = {"requests": {"read": "Read requests"}, "https://pay.example.com/v1": {"pay": "Pay"}}
    users = UserDirectory(stack, "Users", groups=["managers"], scopes=scopes, **arguments)
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"], scopes=["requests/read"])
    users.add_machine_client("Billing", scopes=["requests/read"])
    identities = users.add_identities(principal_tags={"mail": "email"})
    indexes = {"ByTime": ("owner", "made_at")}
    table = ItemTable(data, "Items", partition_key="owner", sort_key="id", indexes=indexes)
    identities.grant_own_items(table)
    identities.grant_own_items(table, group="managers")
    add_checks(app, nag=PACKS)
    return Path(app.synth().directory)


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: synthesized(tmp_path_factory.mktemp("form"), **form) for name, form in FORMS.items()}


def acknowledged(assembly: Path) -> set[str]:
    """The rules that the directory breaks with a reason."""
    report = json.loads((assembly / "validation-report.json").read_text())
    found = set()
    for pack in report["pluginReports"]:
        assert pack["violations"] == []
        for finding in pack["suppressedViolations"]:
            if "People" in json.dumps(finding):
                found.add(cast("str", finding["ruleName"]))
    return found


def test_only_the_owners_choices_are_left(assemblies: dict[str, Path]) -> None:
    inline = "NIST.800.53.R5-IAMNoInlinePolicy"
    choices = {"AwsSolutions-COG2", "AwsSolutions-COG8"}
    assert {name: acknowledged(assembly) for name, assembly in assemblies.items()} == {
        "by default": {inline, *choices},
        "safest": {inline},
        "lite": {inline, *choices},
    }


def test_cfn_lint_finds_nothing(assemblies: dict[str, Path]) -> None:
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    templates = [str(assembly / "People.template.json") for assembly in assemblies.values()]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *templates]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
