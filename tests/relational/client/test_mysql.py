"""mysql.connection: as postgres.connection, by PyMySQL."""

import asyncio
import logging
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from unittest import mock

import pymysql
import pytest

from constructs_lib.relational.client import mysql
from constructs_lib.relational.client.endpoint import Endpoint, NotGrantedError
from constructs_lib.relational.client.kept_connections import KeptConnections
from tests.relational.client.doors import PlainDoor
from tests.relational.mariadb import MariaDb


@pytest.fixture
def server(mariadb: MariaDb, monkeypatch: pytest.MonkeyPatch) -> MariaDb:
    """A database whose user ``writer`` logs in by IAM, and the environment of a function that does."""
    mariadb.run_as_master(
        [
            "CREATE TABLE app.entries (id int)",
            "CREATE USER writer IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
            "GRANT SELECT, INSERT ON app.* TO writer",
        ]
    )
    monkeypatch.setenv("DB_ENGINE", "mysql")
    monkeypatch.setenv("DB_HOST", mariadb.host)
    monkeypatch.setenv("DB_PORT", str(mariadb.port))
    monkeypatch.setenv("SSL_CERT_FILE", mariadb.ca_file)
    monkeypatch.setattr(mysql, "login_token", lambda endpoint: mariadb.token)
    monkeypatch.setattr(mysql, "_connections", KeptConnections(mysql._PyMySql()))
    return mariadb


@pytest.fixture
def door(server: MariaDb, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainDoor]:
    door = PlainDoor(server.port, loop)
    monkeypatch.setenv("DB_PORT", str(door.port))
    yield door
    door.close()


def run(sql: str, connection: mysql.Connection | None = None) -> list[tuple[object, ...]]:
    with (connection or mysql.connection()).cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def thread_id(connection: mysql.Connection) -> object:
    return run("SELECT connection_id()", connection)[0][0]


def entries(server: MariaDb) -> list[int]:
    return [entry for (entry,) in server.run_as_master("SELECT id FROM app.entries ORDER BY id")]


class TestLogin:
    def test_it_logs_in_as_the_user_of_the_environment(self, server: MariaDb) -> None:
        ((user, database, cipher),) = run(
            "SELECT user(), database(), variable_value FROM information_schema.session_status "
            "WHERE variable_name = 'Ssl_cipher'"
        )
        assert str(user).startswith("writer@")
        assert database == "app"
        assert cipher

    def test_the_password_is_a_token(self, server: MariaDb, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def login_token(endpoint: Endpoint) -> str:
            asked.append(endpoint)
            return "another"

        monkeypatch.setattr(mysql, "login_token", login_token)
        with pytest.raises(pymysql.OperationalError, match="Access denied for user 'writer'"):
            mysql.connection()
        (endpoint,) = asked
        assert (endpoint.host, endpoint.port, endpoint.user) == (server.host, server.port, "writer")

    def test_an_authority_that_is_not_trusted_is_refused(
        self, server: MariaDb, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(pymysql.OperationalError, match="certificate verify failed"):
            mysql.connection()

    def test_a_certificate_of_another_host_is_refused(self, server: MariaDb, monkeypatch: pytest.MonkeyPatch) -> None:
        connect = socket.create_connection
        monkeypatch.setenv("DB_HOST", "database.example.com")
        monkeypatch.setattr(socket, "create_connection", lambda at, *more: connect((server.host, at[1]), *more))
        with pytest.raises(pymysql.OperationalError, match="Hostname mismatch"):
            mysql.connection()

    def test_a_server_that_pretends_not_to_know_tls_gets_no_token(
        self, server: MariaDb, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        heard: list[bytes] = []
        with socket.create_server(("127.0.0.1", 0)) as impostor:
            monkeypatch.setenv("DB_PORT", str(impostor.getsockname()[1]))
            listening = threading.Thread(target=ask_in_clear, args=(impostor, heard))
            listening.start()
            with pytest.raises(pymysql.OperationalError, match="SSL is required"):
                mysql.connection()
            listening.join()
        assert heard == [b""]

    def test_a_server_that_says_nothing_is_waited_for_as_long_as_asked(
        self, server: MariaDb, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setenv("DB_PORT", str(silent.getsockname()[1]))
            started = time.monotonic()
            with pytest.raises(pymysql.OperationalError, match="timed out"):
                mysql.connection(connect_timeout=1)
            assert 0.5 < time.monotonic() - started < 3

    def test_a_statement_may_take_longer_than_that(self, server: MariaDb) -> None:
        assert run("SELECT sleep(1.5)", mysql.connection(connect_timeout=1)) == [(0,)]

    def test_the_token_is_neither_logged_nor_shown(self, server: MariaDb, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "constructs_lib")
        assert server.token not in repr(mysql.connection()) + caplog.text
        assert f"connected to {server.host} as writer" in caplog.text

    def test_the_readers_have_a_connection_of_their_own(self, server: MariaDb, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DB_READER_HOST", "localhost")
        reader, writer = mysql.connection(reader=True), mysql.connection()
        assert (reader.host, writer.host) == ("localhost", server.host)
        assert mysql.connection(reader=True) is reader

    def test_a_database_of_the_other_family_is_refused(self, server: MariaDb, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DB_ENGINE", "postgres")
        rule = r"^DB_ENGINE is 'postgres': use constructs_lib\.relational\.client\.postgres, not mysql$"
        with pytest.raises(NotGrantedError, match=rule):
            mysql.connection()


def ask_in_clear(listener: socket.socket, heard: list[bytes]) -> None:
    """Greet a client as a server without TLS that wants the password in clear."""
    client, _ = listener.accept()
    with client:
        plugin = b"mysql_clear_password\0"
        without_tls = struct.pack("<8sxHBHHB10x13s", b"saltsalt", 0xF7FF, 45, 2, 0x00FF, 21, b"saltsaltsalt\0")
        greeting = b"\x0a8.4.0\0" + struct.pack("<I", 1) + without_tls + plugin
        client.sendall(struct.pack("<I", len(greeting)) + greeting)
        heard.append(client.recv(1_000))


class TestLife:
    def test_it_is_kept_and_each_statement_commits(self, server: MariaDb) -> None:
        first = mysql.connection()
        run("INSERT INTO entries VALUES (1)")
        assert mysql.connection() is first
        assert entries(server) == [1]

    def test_one_that_was_closed_is_replaced(self, server: MariaDb) -> None:
        mysql.connection().close()
        assert run("SELECT 1") == [(1,)]

    def test_one_that_the_server_ended_is_replaced(self, server: MariaDb) -> None:
        first = mysql.connection()
        server.run("writer", server.token, f"KILL {thread_id(first)}")
        time.sleep(0.1)
        assert run("SELECT 1") == [(1,)]

    def test_one_that_the_proxy_left_is_replaced(self, door: PlainDoor) -> None:
        mysql.connection()
        door.hang_up()
        assert run("SELECT 1") == [(1,)]

    def test_one_whose_end_nobody_announced_is_replaced_after_a_rest(
        self, door: PlainDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = mysql.connection()
        door.fall_silent()
        assert mysql.connection() is first
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 6)
        assert run("SELECT 1") == [(1,)]

    def test_one_that_rested_is_not_waited_for_longer_than_for_a_new_one(
        self, server: MariaDb, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = mysql.connection(connect_timeout=1)
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 6)
        with mock.patch.object(first, "ping", side_effect=lambda reconnect: run("SELECT sleep(9)", first)):
            started = time.monotonic()
            assert mysql.connection() is not first
            assert time.monotonic() - started < 5

    def test_one_that_answered_has_all_the_time_again(self, server: MariaDb, monkeypatch: pytest.MonkeyPatch) -> None:
        first = mysql.connection(connect_timeout=1)
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 6)
        assert mysql.connection() is first
        assert run("SELECT sleep(1.5)", first) == [(0,)]

    def test_each_thread_has_its_own(self, server: MariaDb) -> None:
        others: list[object] = []
        thread = threading.Thread(target=lambda: others.append(thread_id(mysql.connection())))
        thread.start()
        thread.join()
        assert others != [thread_id(mysql.connection())]


class TestTransactions:
    def test_one_that_was_left_open_is_rolled_back(self, server: MariaDb, caplog: pytest.LogCaptureFixture) -> None:
        first = mysql.connection()
        first.begin()
        run("INSERT INTO entries VALUES (1)", first)
        assert mysql.connection() is first
        run("INSERT INTO entries VALUES (2)")
        assert entries(server) == [2]
        assert caplog.messages == ["rolled back a transaction that was left open"]

    def test_a_block_commits_together(self, server: MariaDb) -> None:
        with mysql.connection().transaction():
            run("INSERT INTO entries VALUES (1)")
            run("INSERT INTO entries VALUES (2)")
            assert entries(server) == []
        assert entries(server) == [1, 2]

    def test_a_block_that_raises_commits_nothing_and_is_over(
        self, server: MariaDb, caplog: pytest.LogCaptureFixture
    ) -> None:
        def work() -> None:
            with mysql.connection().transaction():
                run("INSERT INTO entries VALUES (1)")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            work()
        run("INSERT INTO entries VALUES (2)")
        assert entries(server) == [2]
        assert not caplog.messages

    def test_a_block_in_a_block_is_refused(self, server: MariaDb) -> None:
        with mysql.connection().transaction():
            run("INSERT INTO entries VALUES (1)")
            with pytest.raises(RuntimeError, match="no transactions inside of"), mysql.connection().transaction():
                pass
            assert entries(server) == []
            run("INSERT INTO entries VALUES (2)")
        assert entries(server) == [1, 2]

    def test_a_connection_that_dies_in_a_block_is_not_replaced_there(self, server: MariaDb, door: PlainDoor) -> None:
        def work() -> None:
            with mysql.connection().transaction():
                run("INSERT INTO entries VALUES (1)")
                door.hang_up()
                run("INSERT INTO entries VALUES (2)")

        with pytest.raises(pymysql.OperationalError, match="Lost connection"):
            work()
        assert run("SELECT 1") == [(1,)]
        assert entries(server) == []


def test_an_older_pymysql_is_refused() -> None:
    script = "import pymysql; pymysql.VERSION = (1, 1, 2, 'final'); import constructs_lib.relational.client.mysql"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "ImportError: PyMySQL 1.2 or later is needed" in done.stderr
