"""The function in the VPC that runs SQL: on the right database only, over TLS only, in time, and without telling."""

import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.relational.runtime.sql_runner import index
from constructs_lib.relational.runtime.sql_runner.index import SqlError, handler
from tests.relational.aws import CONTEXT, MASTER_SECRETS, Aws, Database
from tests.relational.postgres import INNER_PORT

LAMBDA_SECONDS = 120
"""What the function is given."""


@pytest.fixture(params=["postgres", "mysql"])
def database(aws: Aws, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Database:
    database = aws.database(request.param)
    monkeypatch.setenv("SSL_CERT_FILE", database.server.ca_file)
    return database


@pytest.fixture
def event(aws: Aws, database: Database) -> dict[str, Any]:
    """An event with nothing to run, as the master user."""
    login = json.loads(aws.secrets[MASTER_SECRETS[database.family]])
    return {
        "family": database.family,
        "host": database.server.host,
        "port": database.server.port,
        "database": "app",
        "user": login["username"],
        "password": login["password"],
        "statements": [],
    }


def run(event: dict[str, Any], *statements: str) -> dict[str, int]:
    answer: dict[str, int] = handler(event | {"statements": list(statements)}, CONTEXT)
    return answer


class Forwarder:
    """A server on an address of its own that hands its first client on to another one."""

    def __init__(self, host: str, port: int, change: Callable[[bytes], bytes] = bytes) -> None:
        self._target, self._change = (host, port), change
        self._listener = socket.create_server(("127.0.0.99", 0))
        self._thread = threading.Thread(target=self._forward)

    def __enter__(self) -> dict[str, Any]:
        self._thread.start()
        host, port = self._listener.getsockname()
        return {"host": host, "port": port}

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()

    def _forward(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(self._target) as server:
            back = threading.Thread(target=_pour, args=(server, client, self._change))
            back.start()
            _pour(client, server, bytes)
            back.join()


def _pour(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    """Carry what comes until it ends; ``change`` may change what came first."""
    with suppress(OSError):  # the client has gone
        target.sendall(change(source.recv(65_536)))
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


def test_statements_run_in_order_each_for_itself(database: Database, event: dict[str, Any]) -> None:
    create, first, second = (
        "CREATE TABLE ledger (note int)",
        "INSERT INTO ledger VALUES (1)",
        "UPDATE ledger SET note = note + 1",
    )
    assert run(event, create, first, second) == {"statements": 3}
    with pytest.raises(SqlError):
        run(event, second, "SELECT * FROM nowhere", second)
    assert database.run_as_master("SELECT note FROM ledger") == [(3,)]


def test_a_percent_sign_and_a_colon_are_no_parameters(database: Database, event: dict[str, Any]) -> None:
    run(event, "CREATE TABLE ledger (note varchar(9))", "INSERT INTO ledger VALUES ('%s :x %')")
    assert database.run_as_master("SELECT note FROM ledger") == [("%s :x %",)]


def test_a_server_that_knows_no_tls_is_refused(database: Database, event: dict[str, Any]) -> None:
    """As somebody in between would seem to be, who wants the password in clear."""
    if database.family == "postgres":
        elsewhere = Forwarder(database.server.host, INNER_PORT)
    else:
        elsewhere = Forwarder(database.server.host, database.server.port, change=without_tls)
    with elsewhere as place, pytest.raises(SqlError, match=r"SSL (was|is) required"):
        run(event | place, "CREATE TABLE never (id int)")


def without_tls(greeting: bytes) -> bytes:
    """Return MySQL's greeting as if the server did not know TLS."""
    flags = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1  # after the version, the session's number, a salt and a zero
    return greeting[: flags + 1] + bytes([greeting[flags + 1] & ~0x08]) + greeting[flags + 2 :]


def test_a_server_with_a_foreign_certificate_is_refused(
    database: Database, event: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = CertificateAuthority(tmp_path).certificate_path
    monkeypatch.setenv("SSL_CERT_FILE", str(foreign))
    with pytest.raises(SqlError, match="certificate verify failed"):
        run(event, "CREATE TABLE never (id int)")


def test_by_default_only_amazon_is_trusted(
    database: Database, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(SqlError, match="certificate verify failed"):
        run(event, "CREATE TABLE never (id int)")


def test_a_certificate_for_another_name_is_refused(database: Database, event: dict[str, Any]) -> None:
    """What has it is a server of RDS, but somebody else's."""
    elsewhere = Forwarder(database.server.host, database.server.port)
    with elsewhere as place, pytest.raises(SqlError, match=r"IP address mismatch|does not match host name"):
        run(event | place, "CREATE TABLE never (id int)")


def test_a_wrong_password_is_told_at_once_and_not_which(database: Database, event: dict[str, Any]) -> None:
    with pytest.raises(SqlError, match=r"(?i)password") as refusal:
        run(event | {"password": "hush-hush"}, "SELECT 1")
    assert "hush" not in str(refusal.value)


def test_the_database_s_own_sentence_is_told(database: Database, event: dict[str, Any]) -> None:
    with pytest.raises(SqlError, match=r"nowhere.* (does not|doesn't) exist"):
        run(event, "SELECT * FROM nowhere")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_database_that_is_starting_is_waited_for(
    database: Database, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there at the third attempt."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            waiting["port"] = event["port"]

    waiting = event | {"port": free_port(), "statements": ["CREATE TABLE made (id int)"]}
    monkeypatch.setattr(index, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    assert handler(waiting, CONTEXT) == {"statements": 1}
    assert len(slept) == 2
    assert database.run_as_master("SELECT * FROM made") == []


def test_but_not_until_lambda_ends_it(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(index, "time", SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept)))
    with pytest.raises(SqlError, match=r"(?i)refused"):
        run(event | {"port": free_port()}, "SELECT 1")
    assert sum(slept) >= index.PATIENCE_SECONDS
    assert sum(slept) + index.CONNECT_SECONDS + index.STATEMENT_SECONDS < LAMBDA_SECONDS


def test_a_statement_that_waits_for_a_lock_is_given_up(
    database: Database, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "STATEMENT_SECONDS", 2)
    run(event, "CREATE TABLE ledger (id int)")
    with HeldLock(database), pytest.raises(SqlError, match=r"(?i)timeout"):
        run(event, "ALTER TABLE ledger ADD more int")


class HeldLock:
    """A session of somebody else that has the table for itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        server, family = self._database.server, self._database.family
        if family == "postgres":
            self._connection = server.connect("postgres_master")
            statements = ["BEGIN", "LOCK TABLE ledger"]
        else:
            self._connection = server.connect("mysql_master", "master-secret", "app")
            statements = ["LOCK TABLES ledger WRITE"]
        cursor = self._connection.cursor()
        for statement in statements:
            cursor.execute(statement)

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def test_a_server_that_answers_nothing_is_given_up(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(index, "STATEMENT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(SqlError, match=r"(?i)time(d out|out)"):
        run(event | {"host": "127.0.0.1", "port": silent.getsockname()[1]}, "SELECT 1")


def test_a_server_that_is_not_reached_is_given_up(event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a security group that lets nobody in: no answer at all, which here a full queue gives."""
    monkeypatch.setattr(index, "CONNECT_SECONDS", 2)
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as queue:
        for _ in range(3):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with pytest.raises(SqlError, match=r"(?i)time(d out|out)"):
            run(event | {"host": "127.0.0.1", "port": full.getsockname()[1]}, "SELECT 1")
    assert time.monotonic() - began < 8  # the drivers' own patience is longer


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    stream = io.StringIO()
    monkeypatch.setattr(index.logger.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_log_tells_how_it_went(event: dict[str, Any], logged: Callable[[], list[dict[str, Any]]]) -> None:
    run(event, "SELECT 1", "SELECT 2")
    with pytest.raises(SqlError) as refusal:
        run(event, "SELECT * FROM nowhere")
    done, failed = logged()
    assert (done["message"], done["statements"], done["database"]) == ("done", 2, "app")
    assert (failed["level"], failed["reason"]) == ("ERROR", str(refusal.value))


@pytest.mark.parametrize(
    "statement", ["CREATE USER x IDENTIFIED BYE 'hush-hush-hush'", "SELECT 'hush-hush-hush' FROM nowhere"]
)
def test_neither_statement_nor_password_is_logged_or_told(
    event: dict[str, Any],
    statement: str,
    logged: Callable[[], list[dict[str, Any]]],
) -> None:
    with pytest.raises(SqlError) as refusal:
        run(event, statement)
    told = f"{logged()} {refusal.value}"
    assert refusal.value.__suppress_context__  # else Lambda logs what the database quoted
    assert not re.search("hush|CREATE|SELECT", told)
    assert event["password"] not in told


def test_the_password_is_not_told_even_where_the_database_says_it(database: Database, event: dict[str, Any]) -> None:
    quote = {"postgres": '"', "mysql": "`"}[database.family]
    with pytest.raises(SqlError, match=r"\*\*\*.* (does not|doesn't) exist"):
        run(event, f"SELECT * FROM {quote}{event['password']}{quote}")
