"""Doors to a real database, and the environment that a function would have."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.relational.client import login_token
from constructs_lib.relational.client import postgres as client
from constructs_lib.relational.client.kept_connections import KeptConnections
from tests.relational.client.doors import PostgresDoor, event_loop
from tests.relational.postgres import ADMINISTRATOR, Postgres

VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "session",
    "AWS_REGION": "eu-west-3",
    "DB_NAME": "app",
    "DB_PORT": "5432",
    "DB_USER": "writer",
    "DB_ENGINE": "postgres",
}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A function's environment, all but where the database is."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for name in ("DB_HOST", "DB_READER_HOST", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    login_token._rds.cache_clear()
    yield
    login_token._rds.cache_clear()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with event_loop() as loop:
        yield loop


@pytest.fixture
def server(postgres: Postgres) -> Postgres:
    """A database with a user who logs in by IAM, and a table of the user's."""
    postgres.run(
        ADMINISTRATOR,
        "CREATE USER writer; GRANT rds_iam TO writer; CREATE TABLE rows (id int); GRANT ALL ON rows TO writer",
    )
    return postgres


@pytest.fixture
def open_door(
    server: Postgres, authority: CertificateAuthority, loop: asyncio.AbstractEventLoop
) -> Iterator[Callable[..., PostgresDoor]]:
    """Open doors, each on an address of its own."""
    opened: list[PostgresDoor] = []
    with server.connect("writer") as connection:
        socket = Path(connection.info.host, f".s.PGSQL.{connection.info.port}")

    def open_door(authority: CertificateAuthority = authority) -> PostgresDoor:
        opened.append(PostgresDoor(authority, socket, loop))
        return opened[-1]

    yield open_door
    for door in opened:
        door.close()


@pytest.fixture
def door(
    open_door: Callable[[], PostgresDoor], authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> PostgresDoor:
    """The door that the environment names, for a client that has no connection yet."""
    door = open_door()
    monkeypatch.setenv("DB_HOST", door.host)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_path))
    monkeypatch.setattr(client, "_connections", KeptConnections(client._Psycopg()))
    return door
