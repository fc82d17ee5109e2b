"""postgres.connection: logs in by IAM over verified TLS, or says clearly why not."""

import datetime
import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.relational.client import postgres
from constructs_lib.relational.client.endpoint import NotGrantedError
from tests.relational.client.doors import PostgresDoor
from tests.relational.postgres import INNER_PORT, Postgres


def test_it_logs_in_as_the_user_of_the_environment(door: PostgresDoor) -> None:
    row = postgres.connection().execute("SELECT current_user, current_database()").fetchone()
    assert row == ("writer", "app")


def test_the_password_is_a_token_for_this_endpoint_and_user(door: PostgresDoor) -> None:
    postgres.connection()
    (token,) = door.passwords
    address = urlsplit(f"https://{token}")
    query = parse_qs(address.query)
    assert address.netloc == f"{door.host}:5432"
    assert (query["Action"], query["DBUser"], query["X-Amz-Expires"]) == (["connect"], ["writer"], ["900"])
    assert query["X-Amz-Credential"][0].endswith("/eu-west-3/rds-db/aws4_request")
    assert query["X-Amz-Security-Token"] == ["session"]


def test_each_login_has_a_token_of_its_own(door: PostgresDoor) -> None:
    earlier = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=earlier):
        postgres.connection().close()
    with mock.patch("botocore.auth.get_current_datetime", return_value=earlier + datetime.timedelta(minutes=16)):
        postgres.connection()
    assert ["X-Amz-Date=20300101T000000Z" in each for each in door.passwords] == [True, False]
    assert "X-Amz-Date=20300101T001600Z" in door.passwords[1]


def test_the_readers_have_a_connection_of_their_own(
    door: PostgresDoor, open_door: Callable[[], PostgresDoor], monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = open_door()
    monkeypatch.setenv("DB_READER_HOST", readers.host)
    reader, writer = postgres.connection(reader=True), postgres.connection()
    assert (reader.info.host, writer.info.host) == (readers.host, door.host)
    assert readers.passwords[0].startswith(readers.host)
    assert postgres.connection(reader=True) is reader
    assert postgres.connection() is writer


def test_an_authority_that_is_not_trusted_gets_no_token(door: PostgresDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        postgres.connection()
    assert not door.passwords


def test_a_certificate_of_another_host_gets_no_token(
    door: PostgresDoor,
    open_door: Callable[[CertificateAuthority], PostgresDoor],
    authority: CertificateAuthority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    impostor = CertificateAuthority(authority.folder)
    monkeypatch.setattr(impostor, "issue", lambda address: authority.issue(door.host))
    other = open_door(impostor)
    monkeypatch.setenv("DB_HOST", other.host)
    with pytest.raises(psycopg.OperationalError, match="server certificate for"):
        postgres.connection()
    assert not other.passwords


def test_a_server_without_tls_is_refused(door: PostgresDoor, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_HOST", server.host)
    monkeypatch.setenv("DB_PORT", str(INNER_PORT))
    with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
        postgres.connection()


def test_a_server_that_says_nothing_is_waited_for_as_long_as_asked(
    door: PostgresDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DB_HOST", "127.0.0.1")
        monkeypatch.setenv("DB_PORT", str(silent.getsockname()[1]))
        started = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            postgres.connection(connect_timeout=2)
        assert 1.5 < time.monotonic() - started < 4


def test_a_network_that_went_silent_is_not_waited_for_long(door: PostgresDoor) -> None:
    connection = postgres.connection(connect_timeout=3)
    with socket.socket(fileno=connection.fileno()) as its_socket:
        assert its_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3000
        its_socket.detach()


def test_nothing_is_prepared_and_nothing_stays_open(door: PostgresDoor, server: Postgres) -> None:
    connection = postgres.connection()
    for row in range(8):
        connection.execute("INSERT INTO rows VALUES (%s)", [row])
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    assert server.run("writer", "SELECT count(*) FROM rows") == [(8,)]
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_the_token_is_neither_logged_nor_shown(
    door: PostgresDoor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "constructs_lib")
    shown = repr(postgres.connection())
    monkeypatch.setenv("DB_USER", "nobody")
    with pytest.raises(psycopg.OperationalError) as refused:
        postgres.connection()
    assert f"connected to {door.host} as writer" in caplog.text
    assert len(door.passwords) == 2
    assert "Signature" not in caplog.text + shown + str(refused.value) + repr(postgres._connections.__dict__)


@pytest.mark.parametrize("name", ["DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(
    door: PostgresDoor, name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(NotGrantedError, match=rf"^{name} is not set; ProxiedDatabase\.grant_connect sets it$"):
        postgres.connection()


def test_a_database_without_readers_has_none_to_connect_to(door: PostgresDoor) -> None:
    rule = r"^DB_READER_HOST is not set; ProxiedDatabase\.grant_connect sets it if the database has readers$"
    with pytest.raises(NotGrantedError, match=rule):
        postgres.connection(reader=True)


def test_a_database_of_the_other_family_is_refused(door: PostgresDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_ENGINE", "mysql")
    rule = r"^DB_ENGINE is 'mysql': use constructs_lib\.relational\.client\.mysql, not postgres$"
    with pytest.raises(NotGrantedError, match=rule):
        postgres.connection()
    monkeypatch.delenv("DB_ENGINE")  # a function that was deployed before there was a choice
    assert postgres.connection()


def test_the_bundle_is_used_where_nothing_else_is_said(door: PostgresDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        mock.patch("psycopg.Connection.connect", side_effect=psycopg.OperationalError) as connect,
        pytest.raises(psycopg.OperationalError),
    ):
        postgres.connection()
    assert Path(connect.call_args.kwargs["sslrootcert"]).name == "rds-ca-bundle.pem"
