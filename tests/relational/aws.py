"""The AWS APIs that the handler of users asks, in front of real servers; they fail as they are told to."""

import io
import json
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import botocore.session
import psycopg
import pymysql
import pytest
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from constructs_lib.relational.runtime.database_users import index
from constructs_lib.relational.runtime.sql_runner.index import handler as run_sql
from tests.relational import mariadb as mysql_server
from tests.relational import postgres as postgres_server

ARN = "arn:aws:{}:eu-central-1:123456789012:{}"
RUNNER = ARN.format("lambda", "function:runner")
MASTER_SECRETS = {family: ARN.format("secretsmanager", f"secret:{family}-master") for family in ("postgres", "mysql")}
PASSWORD_SECRET = ARN.format("secretsmanager", "secret:app")
PASSWORD = "letmein-by-password"

CONTEXT: Any = SimpleNamespace(
    function_name="runner", memory_limit_in_mb=256, invoked_function_arn=RUNNER, aws_request_id="run"
)


class Database:
    """A database of either family, and how tests and resources come to it."""

    def __init__(self, family: str, server: Any) -> None:
        self.family = family
        self.server = server

    def properties(self, place: str, **more: str) -> dict[str, str]:
        """Return what a resource of a user says, for a database in a cluster or an instance."""
        places = {
            "cluster": {"ClusterArn": ARN.format("rds", f"cluster:{self.family}")},
            "instance": {"RunnerArn": RUNNER, "Host": self.server.host, "Port": str(self.server.port)},
        }
        return {
            "ServiceToken": ARN.format("lambda", "function:users"),
            "Family": self.family,
            "Database": "app",
            "User": "app",
            "Rights": "read-write",
            "MasterSecretArn": MASTER_SECRETS[self.family],
            **places[place],
            **more,
        }

    def run(self, user: str, sql: str, *, password: str | None = None) -> list[Any]:
        """Run a statement as a user who logs in by a password, or by IAM."""
        if self.family == "postgres":
            return list(self.server.run(user, sql, password=password))
        return list(self.server.run(user, password or self.server.token, sql, "app"))

    def run_as_master(self, sql: str) -> list[Any]:
        if self.family == "postgres":
            return list(self.server.run(postgres_server.MASTER, sql))
        return list(self.server.run_as_master(sql, "app"))

    def users(self) -> list[str]:
        """Return who of those that tests make is there."""
        names = {"postgres": ("rolname", "pg_roles"), "mysql": ("user", "mysql.user")}
        column, table = names[self.family]
        listed = f"SELECT {column} FROM {table} WHERE {column} IN ('app', 'other') ORDER BY 1"
        return [name for (name,) in self.run_as_master(listed)]


class Aws:
    """Data API, Secrets Manager and Lambda."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self.failures: dict[str, list[str]] = defaultdict(list)
        """By service: the codes of the errors that its next answers are."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.configs: dict[str, Any] = {}
        self.secrets = {
            MASTER_SECRETS["postgres"]: _login(postgres_server.MASTER, postgres_server.MASTER_PASSWORD),
            MASTER_SECRETS["mysql"]: _login(mysql_server.MASTER, mysql_server.MASTER_PASSWORD),
            PASSWORD_SECRET: _login("app", PASSWORD),
        }

    def database(self, family: str) -> Database:
        name = {"postgres": "postgres", "mysql": "mariadb"}[family]
        return Database(family, self._request.getfixturevalue(name))

    def client(self, service: str, config: Any = None) -> Any:
        self.configs[service] = config
        operations: dict[str, dict[str, tuple[str, Any]]] = {
            "rds-data": {"execute_statement": ("ExecuteStatement", self._execute)},
            "secretsmanager": {"get_secret_value": ("GetSecretValue", self._read)},
            "lambda": {"invoke": ("Invoke", self._invoke)},
        }

        def answering(operation: str, answer: Any) -> Any:
            def ask(**request: Any) -> Any:
                _validate(service, operation, request)
                self.calls.append((service, request))
                if self.failures[service]:
                    raise _error(self.failures[service].pop(0), "told to", operation)
                return answer(**request)

            return ask

        return SimpleNamespace(**{name: answering(*rest) for name, rest in operations[service].items()})

    def requests(self, service: str) -> list[dict[str, Any]]:
        return [request for called, request in self.calls if called == service]

    def _execute(self, *, resourceArn: str, secretArn: str, database: str, sql: str) -> dict[str, Any]:  # noqa: N803
        family = resourceArn.rsplit(":", 1)[1]
        assert (secretArn, database) == (MASTER_SECRETS[family], "app")
        if ":" in sql:
            raise _error("BadRequestException", "Cannot find parameter", "ExecuteStatement")
        try:
            self.database(family).run_as_master(sql)
        except (psycopg.Error, pymysql.Error) as error:
            raise _error("DatabaseErrorException", str(error), "ExecuteStatement") from None
        return {}

    def _read(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {"SecretString": self.secrets[SecretId]}

    def _invoke(self, *, FunctionName: str, InvocationType: str, Payload: str) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == (RUNNER, "RequestResponse")
        event = json.loads(Payload)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SSL_CERT_FILE", self.database(event["family"]).server.ca_file)
            try:
                answer: dict[str, Any] = run_sql(event, CONTEXT)
            except Exception as error:
                failure = {"errorMessage": str(error), "errorType": type(error).__name__}
                return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(failure).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def _login(username: str, password: str) -> str:
    return json.dumps({"username": username, "password": password})


def _error(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def _validate(service: str, operation: str, request: dict[str, Any]) -> None:
    """Refuse a request that the real service would not understand."""
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    assert shape is not None
    validate_parameters(request, shape)


@pytest.fixture
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws(request)
    monkeypatch.setattr(index, "boto3", SimpleNamespace(client=aws.client))
    return aws
