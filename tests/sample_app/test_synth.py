"""The sample app as CI synthesizes it: without a finding, without an error of cfn-lint, the same everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def synthesize(checkout: Path, assembly: Path, **environment: str) -> None:
    """Synthesize a checkout's sample app as the CDK CLI would."""
    context = json.loads((checkout / "cdk.json").read_text())["context"]
    variables = {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "CDK_OUTDIR": str(assembly),
        "CDK_CONTEXT_JSON": json.dumps(context),
        **environment,
    }
    done = subprocess.run(
        [sys.executable, "-m", "sample_app"], cwd=checkout, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app as synthesized here, with CDK's own validation on and its findings as errors."""
    folder = tmp_path_factory.mktemp("assembly")
    synthesize(ROOT, folder, CDK_VALIDATION="true")
    return folder


@pytest.fixture(scope="module")
def report(assembly: Path) -> list[dict[str, Any]]:
    plugins: list[dict[str, Any]] = json.loads((assembly / "validation-report.json").read_text())["pluginReports"]
    return plugins


def test_no_check_finds_anything(report: list[dict[str, Any]]) -> None:
    assert {plugin["pluginName"] for plugin in report} >= {"AwsSolutions", "Serverless"}
    assert [violation for plugin in report for violation in plugin["violations"]] == []


def test_each_acknowledgment_stands_beside_its_resource_with_a_reason(report: list[dict[str, Any]]) -> None:
    acknowledged = [violation for plugin in report for violation in plugin["suppressedViolations"]]
    assert acknowledged
    for violation in acknowledged:
        assert len(violation["reason"]) > 30, violation["ruleName"]
        # A stack's own path has one part: nothing is acknowledged for a whole stack or the app.
        assert violation["acknowledgedAt"].count("/") >= 1, violation["ruleName"]


def test_cfn_lint_finds_no_error(assembly: Path) -> None:
    templates = [str(path) for path in assembly.glob("*.template.json")]
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--non-zero-exit-code", "error", "--format", "json"]
    done = subprocess.run([*lint, "--", *templates], capture_output=True, text=True, check=False)
    errors = [finding for finding in json.loads(done.stdout or "[]") if finding["Level"] == "Error"]
    assert (done.returncode, errors) == (0, []), done.stderr


def test_no_secret_nor_machine_is_in_a_template(assembly: Path) -> None:
    for path in assembly.glob("*.template.json"):
        text = path.read_text()
        assert str(ROOT) not in text
        assert str(Path.home()) not in text


def test_another_checkout_gives_the_same_bytes(assembly: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "elsewhere" / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", ".venv", "node_modules", ".git", "tests")
    shutil.copytree(ROOT, checkout, ignore=ignored)
    mask = os.umask(0o077)  # another user's files
    try:
        synthesize(checkout, tmp_path / "out", XDG_CACHE_HOME=str(tmp_path / "cache"))
    finally:
        os.umask(mask)

    def files(folder: Path) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted(folder.glob("*.json")) if is_deployed(path)}

    def is_deployed(path: Path) -> bool:
        return path.name.endswith((".template.json", ".assets.json"))

    assert files(tmp_path / "out") == files(assembly)
