"""What Lambda gets: it starts alone, from the package, and without the CDK."""

import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib import python_code, relational

STARTS_ALONE = """
import sys
import database_users.index
assert database_users.index.__file__.startswith(sys.argv[1]), database_users.index.__file__
assert not {"aws_cdk", "constructs_lib", "jsii"} & set(sys.modules)
"""


def test_the_handler_starts_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONSTRUCTS_LIB_PACKAGE_FOR", "host")
    code = python_code(Path(relational.__file__).with_name("runtime"))
    assert isinstance(code, lambda_.AssetCode)
    assert (Path(code.path) / "aws_lambda_powertools").is_dir()
    command = [sys.executable, "-c", STARTS_ALONE, code.path]
    started = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": code.path}, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
