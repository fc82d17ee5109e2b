"""template_of and template_snapshot: the same until the infrastructure changes, and not a bit less."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_s3_assets as assets

from constructs_lib.testing import template_of


def stack_of(content: Path, output: str) -> Stack:
    stack = Stack(App(), "Pinned")
    asset = assets.Asset(stack, "Asset", path=str(content))
    CfnOutput(stack, "Key", value=asset.s3_object_key)
    CfnOutput(stack, "Output", value=output)
    return stack


@pytest.fixture
def content(tmp_path: Path) -> Path:
    file = tmp_path / "content.txt"
    file.write_text("one")
    return file


def test_an_assets_hash_is_masked_and_another_hash_is_not(content: Path) -> None:
    outputs = template_of(stack_of(content, "f" * 64))["Outputs"]
    assert outputs["Key"]["Value"] == "<asset hash>.txt"
    assert outputs["Output"]["Value"] == "f" * 64


def test_new_code_gives_the_same_template_and_new_infrastructure_another(content: Path) -> None:
    before = template_of(stack_of(content, "same"))
    content.write_text("two")
    assert template_of(stack_of(content, "same")) == before
    assert template_of(stack_of(content, "other")) != before


JSII_CACHE = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"

PROJECT = """
from aws_cdk import App, CfnOutput, Stack
from constructs_lib.testing import template_of

def test_pinned(template_snapshot):
    stack = Stack(App(), "Pinned")
    CfnOutput(stack, "Output", value="{value}")
    assert template_of(stack) == template_snapshot
"""


def test_a_users_project_gets_the_fixture_and_is_told_of_a_change(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another home has no cache of CDK's packages, whose unpacking would be most of this test's time.
    monkeypatch.setenv("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(JSII_CACHE))
    pytester.makepyfile(test_stack=PROJECT.format(value="one"))
    assert pytester.runpytest_subprocess("-q").ret != 0, "a snapshot that is not there yet fails"
    assert pytester.runpytest_subprocess("-q", "--snapshot-update").ret == 0
    (file,) = pytester.path.glob("__snapshots__/*/*.template.json")
    written = json.loads(file.read_text())
    assert written["Outputs"]["Output"]["Value"] == "one"
    assert pytester.runpytest_subprocess("-q").ret == 0
    pytester.makepyfile(test_stack=PROJECT.format(value="two"))
    changed = pytester.runpytest_subprocess("-q")
    assert changed.ret == 1
    changed.stdout.fnmatch_lines(["*two*"])
