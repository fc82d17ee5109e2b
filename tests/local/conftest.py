"""The trial app, deployed once for all of these tests to the session's local AWS."""

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from constructs_lib.local import LocalAws
from tests.local.calling_database import CallingDatabase
from tests.local.stack import Stack

_APP = "python -m tests.local.trial.app"
_HERE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Trial:
    """The trial app and where it is deployed."""

    aws: LocalAws
    assembly: Path

    def cdk(self, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the real CDK CLI."""
        return self.aws.run(["npx", "cdk", command, "--concurrency=2", *arguments], cwd=_HERE, capture=True)

    def outputs(self, stack: str) -> dict[str, str]:
        """Read what a stack tells."""
        described = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


@pytest.fixture(scope="session")
def trial(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Give the trial app, deployed; at the end it is destroyed, and nothing of it is left."""
    local_aws.bootstrap()
    assembly = tmp_path_factory.mktemp("trial") / "cdk.out"
    trial = Trial(local_aws, assembly)
    deployed = trial.cdk(
        "deploy", "--all", "--app", _APP, "--output", str(assembly), "--require-approval", "never", "--method=direct"
    )
    assert deployed.returncode == 0, deployed.stdout
    yield trial
    destroyed = trial.cdk("destroy", "--all", "--force", "--app", str(assembly))
    assert destroyed.returncode == 0, destroyed.stdout
    assert left_behind(local_aws) == []


def left_behind(aws: LocalAws) -> list[str]:
    """Name what was not destroyed, though nothing else makes the like."""
    functions = aws.client("lambda").list_functions()["Functions"]
    clusters = aws.client("rds").describe_db_clusters()["DBClusters"]
    proxies = aws.client("rds").describe_db_proxies()["DBProxies"]
    return [
        *(function["FunctionName"] for function in functions if function["FunctionName"].startswith(("Data", "Items"))),
        *(cluster["DBClusterIdentifier"] for cluster in clusters if cluster["DBClusterIdentifier"].startswith("data-")),
        *(proxy["DBProxyName"] for proxy in proxies if proxy["DBProxyName"].startswith("Data")),
        *(table for table in aws.client("dynamodb").list_tables()["TableNames"] if table.startswith("Items-")),
    ]


@pytest.fixture(scope="session")
def listens() -> Callable[[str, int], bool]:
    """Tell whether something listens at an address."""

    def listens(host: str, port: int) -> bool:
        with socket.socket() as client:
            return client.connect_ex((host, port)) == 0

    return listens


@pytest.fixture
def stack(local_aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Give a stack of the test's own, deleted at its end."""
    stack = Stack(local_aws, re.sub(r"[^a-zA-Z0-9]+", "-", request.node.name).strip("-"))
    yield stack
    stack.delete()


@pytest.fixture(scope="module")
def calls(local_aws: LocalAws) -> Iterator[CallingDatabase]:
    """Give a database that may call its function."""
    calls = CallingDatabase(local_aws)
    yield calls
    calls.stack.delete()


def alive(group: int) -> list[str]:
    """Name the processes of a group that still run; one that ended may wait as a zombie for its parent to notice."""
    listed = subprocess.run(["ps", "-wweo", "pgid=,stat=,args="], capture_output=True, text=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [command for owner, state, command in rows if int(owner) == group and not state.startswith("Z")]
