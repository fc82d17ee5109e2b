"""The relational pattern on the local AWS: real PostgreSQL behind the proxy, its users, and their changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import find_cdk_cli

pytestmark = pytest.mark.local_aws

ROOT = Path(__file__).parents[2]


@dataclass
class Orders:
    """The app as it is deployed."""

    aws: LocalAws
    engine: str
    folder: Path
    functions: dict[str, str] = field(default_factory=dict)

    def deploy(self, form: str) -> str:
        """Bring the app into a form; return what the CLI said if it failed."""
        outputs = self.folder / "outputs.json"
        said = self.cdk(
            "deploy",
            "--all",
            "--require-approval=never",
            "--method=direct",
            "--progress=events",
            f"--outputs-file={outputs}",
            f"--context=form={form}",
        )
        if not said:
            told = json.loads(outputs.read_text())[f"Functions-{self.engine}"]
            self.functions = {key.removesuffix("Name"): value for key, value in told.items() if key.endswith("Name")}
        return said

    def destroy(self) -> str:
        return self.cdk("destroy", "--all", "--force", "--context=form=first")

    def cdk(self, action: str, *arguments: str) -> str:
        command = [*find_cdk_cli(ROOT).command, action, "--app=python -m tests.e2e.relational.app"]
        options = [f"--output={self.folder / 'cdk.out'}", f"--context=engine={self.engine}"]
        done = self.aws.run([*command, *options, *arguments], cwd=ROOT, capture=True)
        return done.stdout if done.returncode else ""

    def ask(self, function: str, sql: str, **event: Any) -> dict[str, Any]:
        """Let a function run SQL; return its rows or its error."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.functions[function], Payload=json.dumps({"sql": sql, **event})
        )
        told: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    def rows(self, function: str, sql: str, **event: Any) -> list[list[Any]]:
        told = self.ask(function, sql, **event)
        assert "error" not in told, told
        rows: list[list[Any]] = told["rows"]
        return rows

    def error(self, function: str, sql: str, **event: Any) -> str:
        error: str = self.ask(function, sql, **event)["error"]
        return error


def deployed(aws: LocalAws, engine: str, folder: Path) -> Orders:
    aws.bootstrap()
    aws.environment["CDK_VALIDATION"] = "false"
    orders = Orders(aws, engine, folder)
    assert orders.deploy("first") == ""
    orders.rows("Write", "CREATE TABLE placed (id int PRIMARY KEY)")
    orders.rows("Write", "INSERT INTO placed VALUES (1)")
    return orders


@pytest.fixture(scope="module")
def aurora(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    orders = deployed(local_aws, "aurora", tmp_path_factory.mktemp("aurora"))
    yield orders
    rds = local_aws.client("rds")
    for instance in rds.describe_db_instances()["DBInstances"]:
        if instance.get("DBClusterIdentifier", "").startswith("orders-"):
            rds.delete_db_instance(DBInstanceIdentifier=instance["DBInstanceIdentifier"])
    for cluster in rds.describe_db_clusters()["DBClusters"]:
        if cluster["DBClusterIdentifier"].startswith("orders-"):
            rds.delete_db_cluster(DBClusterIdentifier=cluster["DBClusterIdentifier"], SkipFinalSnapshot=True)


DENIED = "42501"  # PostgreSQL's insufficient_privilege


def test_a_function_connects_through_the_proxy_as_its_own_user(aurora: Orders) -> None:
    assert aurora.rows("Write", "SELECT current_user, current_database()") == [["app", "orders"]]
    assert aurora.rows("Report", "SELECT current_user") == [["viewer"]]
    assert aurora.rows("Report", "TABLE placed") == [[1]]


def test_a_read_only_user_cannot_write(aurora: Orders) -> None:
    for sql in (
        "INSERT INTO placed VALUES (2)",
        "DELETE FROM placed",
        "CREATE TABLE mine (id int)",
        "DROP TABLE placed",
    ):
        assert aurora.error("Report", sql).startswith(DENIED)


def test_the_readers_endpoint_refuses_to_write_whoever_asks(aurora: Orders) -> None:
    assert aurora.rows("Write", "TABLE placed", reader=True) == [[1]]
    assert aurora.error("Write", "INSERT INTO placed VALUES (2)", reader=True).startswith("25006")


def test_another_user_s_function_is_refused(aurora: Orders) -> None:
    error = aurora.error("Report", "SELECT 1", environment={"DB_USER": "app"})
    assert "is not authorized to perform rds-db:connect" in error
    assert aurora.rows("Report", "SELECT current_user", environment={"DB_USER": "viewer"}) == [["viewer"]]


def test_a_function_without_a_grant_does_not_even_reach_the_proxy(aurora: Orders) -> None:
    assert "would time out" in aurora.error("Stranger", "SELECT 1")


def test_it_survives_updates_a_rollback_and_its_own_stack(aurora: Orders) -> None:
    # The same again is harmless.
    assert aurora.deploy("first") == ""
    assert aurora.rows("Report", "TABLE placed") == [[1]]

    # An update makes a new user, and gives another one more rights.
    assert aurora.deploy("second") == ""
    assert aurora.rows("Audit", "SELECT current_user FROM placed") == [["auditor"]]
    assert aurora.error("Audit", "INSERT INTO placed VALUES (3)").startswith(DENIED)
    aurora.rows("Report", "INSERT INTO placed VALUES (2)")
    assert aurora.rows("Write", "TABLE placed ORDER BY id") == [[1], [2]]

    # One that takes these rights back, and then fails, gives them back again.
    assert "Family must be one of" in aurora.deploy("broken")
    stacks = aurora.aws.client("cloudformation").describe_stacks(StackName="Data-aurora")["Stacks"]
    assert stacks[0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    aurora.rows("Report", "INSERT INTO placed VALUES (3)")
    assert aurora.rows("Audit", "TABLE placed ORDER BY id") == [[1], [2], [3]]

    # The database outlives its stack, with all that it holds.
    assert aurora.destroy() == ""
    clusters = aurora.aws.client("rds").describe_db_clusters()["DBClusters"]
    (cluster,) = (each for each in clusters if each["DBClusterIdentifier"].startswith("orders-"))

    def ask(sql: str) -> list[Any]:
        answer = aurora.aws.client("rds-data").execute_statement(
            resourceArn=cluster["DBClusterArn"],
            secretArn=cluster["MasterUserSecret"]["SecretArn"],
            database="orders",
            sql=sql,
        )
        return [next(iter(value.values())) for (value,) in answer["records"]]

    assert ask("SELECT count(*) FROM placed") == [3]
    users = "SELECT rolname FROM pg_roles WHERE rolname IN ('app', 'viewer', 'auditor') ORDER BY 1"
    assert ask(users) == ["app", "auditor", "viewer"]


def test_an_instance_works_the_same_and_goes_with_its_stack(
    local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its users are made by the function in the VPC; ``drop_users`` drops them before the instance goes."""
    instance = deployed(local_aws, "instance", tmp_path_factory.mktemp("instance"))
    assert instance.rows("Write", "SELECT current_user, current_database()") == [["app", "orders"]]
    assert instance.error("Report", "INSERT INTO placed VALUES (2)").startswith(DENIED)
    assert instance.deploy("second") == ""
    instance.rows("Report", "INSERT INTO placed VALUES (2)")
    assert instance.rows("Audit", "TABLE placed ORDER BY id") == [[1], [2]]
    assert instance.deploy("first") == ""  # which drops the auditor
    users = "SELECT rolname FROM pg_roles WHERE rolname IN ('app', 'viewer', 'auditor') ORDER BY 1"
    assert instance.rows("Write", users) == [["app"], ["viewer"]]
    assert instance.destroy() == ""
    instances = local_aws.client("rds").describe_db_instances()["DBInstances"]
    assert not [each for each in instances if each["DBInstanceIdentifier"].startswith("orders-")]
