"""The hook for pre-commit runs the command on templates."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from constructs_lib.__main__ import main

(HOOK,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())


def test_it_runs_the_command(tmp_path: Path) -> None:
    program, *arguments = shlex.split(HOOK["entry"])
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Work: {Type: AWS::SNS::Topic}}")
    assert program == "constructs-lib"
    assert main([*arguments, str(template)]) == 0


@pytest.mark.parametrize(
    "name", ["template.yaml", "app/template.yml", "Desk.template.json", "api-template.json", "network.template"]
)
def test_it_takes_templates(name: str) -> None:
    assert re.search(HOOK["files"], name)


@pytest.mark.parametrize("name", ["package.json", "docs/templates.md", "contemplate.py", ".github/workflows/ci.yaml"])
def test_it_takes_nothing_else(name: str) -> None:
    assert not re.search(HOOK["files"], name)
