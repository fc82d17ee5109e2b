"""Each Aurora cluster is a PostgreSQL of its own, reached by the Data API and by its endpoint."""

import json
from threading import Timer
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from constructs_lib.local.clients import aws_client
from tests.local.conftest import Trial

pytestmark = pytest.mark.local_aws


class Sql:
    """The Data API of a cluster."""

    def __init__(self, trial: Trial, cluster: str, secret: str, *, client: Any = None) -> None:
        self.client = client or trial.aws.client("rds-data")
        self.target = {"resourceArn": cluster, "secretArn": secret}

    def __call__(self, sql: str, **more: Any) -> list[list[Any]]:
        answer = self.client.execute_statement(**self.target, database="app", sql=sql, **more)
        return [[next(iter(field.values())) for field in row] for row in answer.get("records", [])]


@pytest.fixture(scope="module")
def outputs(trial: Trial) -> dict[str, str]:
    return trial.outputs("Data")


@pytest.fixture(scope="module")
def sql(trial: Trial, outputs: dict[str, str]) -> Sql:
    sql = Sql(trial, outputs["ClusterArn"], outputs["SecretArn"])
    sql("CREATE TABLE notes (id int PRIMARY KEY, text text)")
    return sql


def test_master_is_no_superuser_and_may_make_iam_users(sql: Sql) -> None:
    assert sql("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user") == [
        ["postgres", False]
    ]
    sql("CREATE USER clerk")
    sql("GRANT rds_iam TO clerk")
    assert sql("SELECT pg_has_role('clerk', 'rds_iam', 'member')") == [[True]]


def test_statement_with_parameters(sql: Sql) -> None:
    sql(
        "INSERT INTO notes VALUES (:id, :text)",
        parameters=[{"name": "id", "value": {"longValue": 1}}, {"name": "text", "value": {"stringValue": "it's"}}],
    )
    assert sql("SELECT text FROM notes WHERE id = 1") == [["it's"]]


def test_transaction_is_committed_or_rolled_back(sql: Sql) -> None:
    for note, end in ((2, sql.client.commit_transaction), (3, sql.client.rollback_transaction)):
        transaction = sql.client.begin_transaction(**sql.target, database="app")["transactionId"]
        sql(f"INSERT INTO notes VALUES ({note}, 'x')", transactionId=transaction)
        assert sql(f"SELECT id FROM notes WHERE id = {note}") == []
        end(resourceArn=sql.target["resourceArn"], secretArn=sql.target["secretArn"], transactionId=transaction)
    assert sql("SELECT id FROM notes WHERE id IN (2, 3)") == [[2]]


def test_data_api_asks_iam(trial: Trial, outputs: dict[str, str]) -> None:
    assumed = trial.aws.client("sts").assume_role(RoleArn=outputs["StrangerRole"], RoleSessionName="test")
    keys = assumed["Credentials"]
    environment = trial.aws.environment | {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    stranger = Sql(trial, outputs["ClusterArn"], outputs["SecretArn"], client=aws_client("rds-data", environment))
    with pytest.raises(ClientError, match="not authorized to perform: rds-data:ExecuteStatement"):
        stranger("SELECT 1")


def test_clusters_do_not_see_each_other(trial: Trial, outputs: dict[str, str], sql: Sql) -> None:
    other = Sql(trial, outputs["OtherArn"], outputs["OtherSecretArn"])
    sql("CREATE USER only_here")
    assert other("SELECT rolname::text FROM pg_roles WHERE rolname = 'only_here'") == []
    with pytest.raises(ClientError, match='relation "notes" does not exist'):
        other("SELECT * FROM notes")
    with pytest.raises(ClientError, match="password authentication failed"):
        Sql(trial, outputs["ClusterArn"], outputs["OtherSecretArn"])("SELECT 1")


def connect(trial: Trial, outputs: dict[str, str], sslmode: str = "verify-full", **credentials: str) -> str:
    """Connect to the cluster's own endpoint by password."""
    value = trial.aws.client("secretsmanager").get_secret_value(SecretId=outputs["SecretArn"])["SecretString"]
    secret = json.loads(value)
    assert secret["host"] == outputs["ClusterEndpoint"]
    with psycopg.connect(
        host=secret["host"],
        port=secret["port"],
        dbname=secret["dbname"],
        user=credentials.get("user", secret["username"]),
        password=credentials.get("password", secret["password"]),
        sslmode=sslmode,
        sslrootcert=trial.aws.environment["SSL_CERT_FILE"],
    ) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    return str(row[0]) if row else ""


def test_cluster_endpoint_takes_the_secret(trial: Trial, outputs: dict[str, str]) -> None:
    assert connect(trial, outputs) == "postgres"


def test_statement_is_cancelled(trial: Trial, outputs: dict[str, str]) -> None:
    value = trial.aws.client("secretsmanager").get_secret_value(SecretId=outputs["SecretArn"])["SecretString"]
    secret = json.loads(value)
    with psycopg.connect(
        host=secret["host"], dbname="app", user=secret["username"], password=secret["password"], sslmode="require"
    ) as connection:
        Timer(0.2, connection.cancel).start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(20)")


def test_cluster_endpoint_requires_tls(trial: Trial, outputs: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError, match="requires TLS"):
        connect(trial, outputs, sslmode="disable")


def test_cluster_endpoint_takes_no_password_of_an_iam_user(trial: Trial, outputs: dict[str, str], sql: Sql) -> None:
    sql("CREATE USER either PASSWORD 'secret'")
    assert connect(trial, outputs, user="either", password="secret") == "either"
    sql("GRANT rds_iam TO either")
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        connect(trial, outputs, user="either", password="secret")
