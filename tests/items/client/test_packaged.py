"""The client in a function's package: it imports there alone, and needs Amazon's client where there is a cluster."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib import python_code
from tests.items.client.fake_dax import FakeDax
from tests.items.client.fake_table import FakeTable

CLIENT = "constructs_lib.items.client"
HANDLER = f"from {CLIENT} import WriteInDoubtError, dynamodb\n"
BOTO3 = "boto3==1.40.0\n"
ALL = f"{BOTO3}aws-lambda-powertools==3.20.0\namazon-dax-client==2.1.0\n"

# No site-packages: what is found was packaged, or is Python's own.
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
import index
answer = index.dynamodb(budget_ms=10_000).Table("requests").get_item(Key={"pk": "one"})
modules = {name.partition(".")[0] for name in sys.modules}
print(json.dumps([answer["Item"]["answered_by"], sorted(modules & {"aws_cdk", "jsii", "amazondax"})]))
"""


def packaged(folder: Path, requirements: str, **options: Any) -> Path:
    (folder / "index.py").write_text(HANDLER)
    (folder / "requirements.txt").write_text(requirements)
    code = python_code(folder, modules=[CLIENT], **options)
    assert isinstance(code, lambda_.AssetCode)
    return Path(code.path)


def run(package: Path, **environment: str) -> list[Any]:
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(package)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(autouse=True)
def for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSTRUCTS_LIB_PACKAGE_FOR", "host")


def test_it_reads_through_the_cluster_without_aws_cdk(tmp_path: Path, dax: FakeDax, table: FakeTable) -> None:
    package = packaged(tmp_path, ALL, build_from_source=["amazon-dax-client"])
    assert run(package, DAX_ENDPOINT=dax.endpoint) == ["dax", ["amazondax"]]


def test_where_no_cluster_was_granted_boto3_is_enough(tmp_path: Path, table: FakeTable) -> None:
    assert run(packaged(tmp_path, BOTO3)) == ["table", []]


def test_nothing_else_of_the_library_is_packaged(tmp_path: Path) -> None:
    ours = packaged(tmp_path, BOTO3) / "constructs_lib"
    assert {path.relative_to(ours).as_posix() for path in ours.rglob("*.py") if path.parts[-2] != "client"} == {
        "__init__.py",
        "items/__init__.py",
    }
