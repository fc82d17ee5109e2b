"""The client in a function's package: it imports there alone, and brings nothing of the library but itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib import python_code

CLIENT = "constructs_lib.relational.client"

HANDLER = f"""
from {CLIENT} import mysql, postgres
from {CLIENT}.trust import ca_bundle
"""

# No site-packages: what is found was packaged, or is Python's own.
SCRIPT = """
import json, sys
sys.path.insert(0, {package!r})
import index
modules = [name for name in sys.modules if name.partition(".")[0] in ("constructs_lib", "aws_cdk", "jsii")]
print(json.dumps([index.ca_bundle(), modules]))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONSTRUCTS_LIB_PACKAGE_FOR", "host")
    (tmp_path / "index.py").write_text(HANDLER)
    (tmp_path / "requirements.txt").write_text("boto3==1.40.0\npsycopg[binary]==3.3.9\npymysql==1.2.4\n")
    code = python_code(tmp_path, modules=[CLIENT])
    assert isinstance(code, lambda_.AssetCode)
    return Path(code.path)


def test_it_imports_in_a_bare_interpreter_without_aws_cdk(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    command = [sys.executable, "-I", "-S", "-c", SCRIPT.format(package=str(package))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    bundle, modules = json.loads(done.stdout)
    assert Path(bundle) == package / "constructs_lib" / "relational" / "client" / "rds-ca-bundle.pem"
    assert Path(bundle).is_file()
    assert set(modules) == {
        "constructs_lib",
        "constructs_lib.relational",
        CLIENT,
        *(f"{CLIENT}.{name}" for name in ("endpoint", "kept_connections", "login_token", "mysql", "postgres", "trust")),
    }


def test_nothing_else_of_the_library_is_packaged(package: Path) -> None:
    ours = package / "constructs_lib"
    assert {path.relative_to(ours).as_posix() for path in ours.rglob("*.py") if path.parts[-2] != "client"} == {
        "__init__.py",
        "relational/__init__.py",
    }


def test_the_package_itself_imports_neither_driver_nor_sdk() -> None:
    script = f"import sys, {CLIENT}.trust; print([m for m in sys.modules if m in ('boto3', 'psycopg', 'pymysql')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
