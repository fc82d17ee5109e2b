"""What a user gets: the wheel, in a new environment, in an empty folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).parents[1]

HANDLER = "def handler(event, context):\n    return {}\n"

APP = """
from aws_cdk import App, Duration, Stack, aws_ec2 as ec2, aws_route53 as route53
import constructs_lib as lib

def stack_of(app):
    stack = Stack(app, "Ten")
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[
        ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)])
    users = lib.UserDirectory(stack, "Users", groups=["managers"])
    table = lib.ItemTable(stack, "Items", partition_key="pk")
    function = lib.PythonFunction(stack, "Function", source="handler", vpc=vpc)
    ledger = lib.ProxiedDatabase(stack, "Data", vpc=vpc, engine=lib.DatabaseEngine.aurora_postgres("17.9"))
    ledger.grant_connect(function)
    lib.DaxCluster(stack, "Cache", vpc=vpc, tables=[table]).grant_read(function)
    table.grant_read(function)
    lib.WorkQueue(stack, "Work").grant_send(function)
    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z1", zone_name="example.com")
    api = lib.ProtectedApi(stack, "Api", users=users, domain=lib.ApiDomain("api.example.com", zone=zone))
    api.route("GET /items", function)
    api.route("GET /health", lib.Http("https://status.example.com"), auth=lib.Auth.none(reason="liveness probe"))
    desk = lib.ApprovalDesk(stack, "Desk", users=users, approvers="managers")
    desk.step("Approve", summary="Buy it?", timeout=Duration.days(1))
    return stack

if __name__ == "__main__":
    app = App()
    stack_of(app)
    app.synth()
"""

TEST = """
from aws_cdk import App
from app import stack_of
from constructs_lib.testing import template_of

def test_template(template_snapshot):
    assert template_of(stack_of(App())) == template_snapshot
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment's Python, with the wheel and its extra for tests, at the versions that are tested here."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    tool = uv.find_uv_bin()
    run(tool, "venv", "--quiet", "--python", sys.executable, str(environment), cwd=ROOT)
    interpreter = environment / "bin" / "python"
    constraints = ROOT / "requirements.txt"
    install = [tool, "pip", "install", "--quiet", "--python", str(interpreter), "--constraint", str(constraints)]
    run(*install, f"{wheel}[testing]", cwd=ROOT)
    return interpreter


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "handler").mkdir()
    (tmp_path / "handler" / "index.py").write_text(HANDLER)
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "test_app.py").write_text(TEST)
    return tmp_path


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def clean() -> dict[str, str]:
    """The environment without what leads back to this checkout, or makes pytest a worker of the one that runs this."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def test_it_is_typed_and_holds_what_is_no_python(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "constructs_lib/py.typed" in names
    assert "constructs_lib/approval/page/index.html" in names
    assert "constructs_lib/approval/runtime/requirements.txt" in names
    assert "constructs_lib/relational/client/rds-ca-bundle.pem" in names
    assert "constructs_lib/relational/runtime/sql_runner/requirements.txt" in names
    assert "constructs_lib/local/server/databases/extensions/extension/aws_lambda.control" in names
    assert not [name for name in names if name.startswith(("tests/", "sample_app/"))]


def test_an_app_of_each_construct_synthesizes(python: Path, project: Path) -> None:
    run(str(python), "app.py", cwd=project)


def test_a_snapshot_test_works(python: Path, project: Path) -> None:
    run(str(python), "-m", "pytest", "-q", "--snapshot-update", cwd=project)
    assert "1 snapshot passed" in run(str(python), "-m", "pytest", "-q", cwd=project)
