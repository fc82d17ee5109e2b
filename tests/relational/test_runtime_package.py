"""What Lambda gets: each function starts alone, from its package, without the CDK, and with what it needs only."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib import python_code, relational

ROOT = Path(__file__).parents[2]
RUNTIME = Path(relational.__file__).with_name("runtime")

# As `ProxiedDatabase` packages them.
USERS: dict[str, Any] = {"source": RUNTIME, "exclude": ["sql_runner"]}
RUNNER: dict[str, Any] = {"source": RUNTIME / "sql_runner", "modules": ["constructs_lib.relational.client"]}

USERS_START = """
import sys
import database_users.index
assert database_users.index.__file__.startswith(sys.argv[1]), database_users.index.__file__
assert not {"aws_cdk", "constructs_lib", "jsii"} & set(sys.modules)
"""
RUNNER_STARTS = """
import sys
import index
for module in (index, index.psycopg, index.pymysql):
    assert module.__file__.startswith(sys.argv[1]), module.__file__
assert open(index.ca_bundle()).read().count("BEGIN CERTIFICATE") > 5
assert not {"aws_cdk", "jsii"} & set(sys.modules)
"""

# Events in which whatever is a secret says "hush". Both fail, since nothing listens at this port.
SENDS = """
import json, sys
from importlib import import_module
from types import SimpleNamespace
module, event = import_module(sys.argv[1]), json.loads(sys.argv[2])
module.PATIENCE_SECONDS = 0
names = ("function_name", "memory_limit_in_mb", "invoked_function_arn", "aws_request_id", "log_stream_name")
try:
    module.handler(event, SimpleNamespace(**dict.fromkeys(names, "here")))
except Exception as error:
    print("failed", error)
"""
USERS_EVENT = {
    "RequestType": "Delete",
    "ResponseURL": "http://127.0.0.1:1/?signature=hush",
    "ResourceProperties": {},
    **dict.fromkeys(("StackId", "RequestId", "LogicalResourceId"), "here"),
}
RUNNER_EVENT = {
    "family": "mysql",
    "host": "127.0.0.1",
    "port": 1,
    "password": "hush",
    "statements": ["hush"],
    **dict.fromkeys(("database", "user"), "app"),
}


def package(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any]) -> Path:
    monkeypatch.setenv("CONSTRUCTS_LIB_PACKAGE_FOR", "host")
    code = python_code(**arguments)
    assert isinstance(code, lambda_.AssetCode)
    return Path(code.path)


@pytest.mark.parametrize(
    ("arguments", "starts"), [(USERS, USERS_START), (RUNNER, RUNNER_STARTS)], ids=["users", "runner"]
)
def test_a_handler_starts_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: dict[str, Any], starts: str
) -> None:
    folder = package(monkeypatch, arguments)
    assert (folder / "aws_lambda_powertools").is_dir()
    command = [sys.executable, "-c", starts, str(folder)]
    started = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr


def test_only_the_runner_carries_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = ("psycopg", "pymysql", "sql_runner")
    assert not any((package(monkeypatch, USERS) / name).exists() for name in drivers)


@pytest.mark.parametrize(
    ("module", "event"), [("database_users", USERS_EVENT), ("sql_runner", RUNNER_EVENT)], ids=["users", "runner"]
)
def test_no_event_is_logged_even_if_powertools_is_told_to(module: str, event: dict[str, Any]) -> None:
    environment = {"POWERTOOLS_LOGGER_LOG_EVENT": "true", "no_proxy": "127.0.0.1"}
    command = [sys.executable, "-c", SENDS, f"constructs_lib.relational.runtime.{module}.index", json.dumps(event)]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "refused" in told.stdout
    assert "hush" not in told.stdout + told.stderr


@pytest.mark.parametrize("folder", [RUNTIME, RUNTIME / "sql_runner"], ids=["users", "runner"])
def test_what_is_packaged_is_what_was_tested(folder: Path) -> None:
    """Every version is that of this environment, which those of indirect dependencies are among."""
    tested = set(_pins((ROOT / "requirements.txt").read_text().splitlines()))
    packaged = set(_pins((folder / "requirements.txt").read_text().splitlines()))
    assert packaged
    assert packaged <= tested


def _pins(lines: Sequence[str]) -> list[str]:
    return re.findall(r"^([a-z0-9-]+==[^\s;]+)", "\n".join(lines), flags=re.MULTILINE)
