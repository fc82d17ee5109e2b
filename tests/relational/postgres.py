"""A PostgreSQL server as on RDS: its roles, its rules of who may log in how, and TLS at its endpoint."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.server.databases.postgres_endpoint import PostgresEndpoint, Session
from constructs_lib.local.server.databases.postgres_installation import PostgresInstallation

MASTER, MASTER_PASSWORD = "postgres_master", "master-secret"
ADMINISTRATOR = "rdsadmin"
"""RDS's own superuser."""

INNER_PORT = 15432
"""Of the server itself, which was built without TLS: its endpoint, on the same address, adds that."""

# As on RDS: no member of rds_iam comes in by a password. Who comes by the socket stands for who has an IAM token.
ADMISSION = f"""
local all {ADMINISTRATOR} trust
local all {MASTER} reject
local all +rds_iam trust
host all {MASTER} 127.0.0.0/8 scram-sha-256
host all +rds_iam 127.0.0.0/8 reject
host all all 127.0.0.0/8 scram-sha-256
"""

# As on RDS: the master user is no superuser, and may hand rds_iam on without being one who logs in with it.
ROLES = f"""
    CREATE ROLE rds_iam;
    CREATE ROLE rds_superuser;
    CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{MASTER_PASSWORD}' IN ROLE rds_superuser;
    GRANT rds_iam TO {MASTER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
"""

# As RDS's extension does: whoever is like the master user may use it and let others.
EXTENSIONS = {
    "aws_commons": "CREATE FUNCTION aws_commons.create_lambda_function_arn(text) RETURNS text LANGUAGE sql RETURN $1;",
    "aws_lambda": "CREATE FUNCTION aws_lambda.invoke(text) RETURNS text LANGUAGE sql RETURN 'invoked ' || $1;",
}
GRANTS = """
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {name} FROM PUBLIC;
    GRANT USAGE ON SCHEMA {name} TO rds_superuser WITH GRANT OPTION;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {name} TO rds_superuser WITH GRANT OPTION;
"""
CONTROL = "default_version = '1.0'\nrelocatable = false\ntrusted = true\nschema = {name}\n"


class Postgres:
    """A server, and connections to its database ``app`` as any user."""

    def __init__(self, endpoint: PostgresEndpoint, folder: Path, ca_file: Path) -> None:
        self.host, self.port = endpoint.address, endpoint.port
        """Where clients with TLS find it."""
        self.ca_file = str(ca_file)
        self._folder = str(folder)

    def connect(self, user: str, *, password: str | None = None, database: str = "app") -> "psycopg.Connection[Any]":
        """Log in by a password, or as those do who need none here: by IAM, or as RDS's superuser."""
        if user == MASTER:
            password = MASTER_PASSWORD
        at_socket: dict[str, Any] = {"host": self._folder, "port": INNER_PORT}
        place = at_socket if password is None else self._place_for_passwords
        return psycopg.connect(**place, user=user, password=password, dbname=database, autocommit=True)

    def run(self, user: str, sql: str, *, password: str | None = None, database: str = "app") -> list[Any]:
        """Run statements as a user and return what the last one gave."""
        with self.connect(user, password=password, database=database) as connection:
            cursor = connection.execute(sql)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    @property
    def _place_for_passwords(self) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "sslmode": "verify-full", "sslrootcert": self.ca_file}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    # Not below pytest's own folder: root's server runs as another user, and each session of pytest closes that folder
    # to all others.
    with TemporaryDirectory(prefix="postgres-") as folder, postgres_in(Path(folder)) as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Postgres) -> Iterator[Postgres]:
    """An empty database ``app``, and none of its users."""
    with postgres_server.connect(ADMINISTRATOR, database="postgres") as connection:
        connection.execute(f"CREATE DATABASE app OWNER {MASTER}")
        yield postgres_server
        connection.execute("DROP DATABASE app WITH (FORCE)")
        keep = [ADMINISTRATOR, "rds_iam", "rds_superuser", MASTER]
        roles = "SELECT rolname FROM pg_roles WHERE NOT starts_with(rolname, 'pg_') AND rolname <> ALL(%s)"
        for (role,) in connection.execute(roles, [keep]).fetchall():
            connection.execute(f'DROP ROLE "{role}"')


@contextmanager
def postgres_in(folder: Path) -> Iterator[Postgres]:
    """Run a server that keeps its files in an empty folder."""
    folder.chmod(0o711)
    _write_extensions(folder / "extension")
    authority = CertificateAuthority(folder / "authority")
    endpoint = PostgresEndpoint(authority, 5432)
    server = Postgres(endpoint, folder / "data", authority.certificate_path)
    with _server_process(folder, endpoint.address), _open(endpoint):
        server.run(ADMINISTRATOR, ROLES, database="postgres")
        yield server


@contextmanager
def _server_process(folder: Path, address: str) -> Iterator[None]:
    installation, data = PostgresInstallation.prepare(folder), folder / "data"
    data.mkdir()
    installation.give(data)
    installation.run("initdb", "-D", str(data), f"--username={ADMINISTRATOR}", "--encoding=UTF8", "--no-sync")
    (data / "pg_hba.conf").write_text(ADMISSION)
    settings = {
        "listen_addresses": address,
        "port": INNER_PORT,
        "unix_socket_directories": data,
        "extension_control_path": f"{folder}:$system",
        "fsync": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = installation.start("postgres", "-D", str(data), *options)
    try:
        while not (data / "postmaster.pid").exists() or "ready" not in (data / "postmaster.pid").read_text():
            assert process.poll() is None, "PostgreSQL did not start; what it printed says why"
            time.sleep(0.02)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()


@contextmanager
def _open(endpoint: PostgresEndpoint) -> Iterator[None]:
    """Take clients, and hand them on to the server."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def serve(session: Session) -> None:
        await session.relay(*await asyncio.open_connection(endpoint.address, INNER_PORT))

    try:
        asyncio.run_coroutine_threadsafe(endpoint.open(serve), loop).result()
        yield
        asyncio.run_coroutine_threadsafe(endpoint.close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _write_extensions(folder: Path) -> None:
    folder.mkdir()
    for name, functions in EXTENSIONS.items():
        requires = "" if name == "aws_commons" else "requires = 'aws_commons'\n"
        (folder / f"{name}.control").write_text(CONTROL.format(name=name) + requires)
        (folder / f"{name}--1.0.sql").write_text(functions + GRANTS.format(name=name))
