"""A MariaDB server that stands in for MySQL on RDS: TLS, a master user who is no root, users who log in by IAM."""

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pymysql
import pytest

from constructs_lib.local.certificates import CertificateAuthority

MASTER, MASTER_PASSWORD = "mysql_master", "master-secret"
TOKEN = "an-iam-token"

# As on RDS: the master user is no SUPER, may hand on what it has, and the role that lets a user call Lambda.
PREPARED = f"""
    CREATE ROLE AWS_LAMBDA_ACCESS;
    CREATE USER {MASTER}@'%' IDENTIFIED BY '{MASTER_PASSWORD}';
    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES,
        CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE,
        CREATE USER, EVENT, TRIGGER ON *.* TO {MASTER}@'%' WITH GRANT OPTION;
    INSERT INTO mysql.roles_mapping VALUES ('%', '{MASTER}', 'AWS_LAMBDA_ACCESS', 'Y');
    FLUSH PRIVILEGES;
"""

_PROGRAMS = {
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "gcc": "gcc",
}
_HEADERS = Path("/usr/include/mariadb/server")
_UNPRIVILEGED = "nobody"
_PATIENCE_SECONDS = 60


class MariaDb:
    """A running server, and what a client needs to reach it."""

    host = "127.0.0.1"
    token = TOKEN
    """The password of every user who logs in by IAM."""

    def __init__(self, port: int, ca_file: Path) -> None:
        self.port = port
        self.ca_file = str(ca_file)

    def connect(
        self, user: str, password: str, database: str | None = None, *, tls: bool = True
    ) -> "pymysql.Connection[Any]":
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=user,
            password=password,
            database=database,
            autocommit=True,
            ssl=ssl.create_default_context(cafile=self.ca_file) if tls else None,
            ssl_disabled=not tls,
        )

    def run(self, user: str, password: str, sql: str | Sequence[str], database: str | None = None) -> list[Any]:
        """Run one statement or several as a user, and return what the last one gave."""
        with closing(self.connect(user, password, database)) as connection, connection.cursor() as cursor:
            for statement in [sql] if isinstance(sql, str) else sql:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def run_as_master(self, sql: str | Sequence[str], database: str | None = None) -> list[Any]:
        return self.run(MASTER, MASTER_PASSWORD, sql, database)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDb]:
    # Not below pytest's own folder: root's server runs as another user, and each session of pytest closes that folder
    # to all others.
    with TemporaryDirectory(prefix="mariadb-") as folder, mariadb_in(Path(folder)) as server:
        yield server


@pytest.fixture
def mariadb(mariadb_server: MariaDb) -> Iterator[MariaDb]:
    """An empty database ``app``, and none of its users."""
    mariadb_server.run_as_master("CREATE DATABASE app")
    yield mariadb_server
    databases = "SHOW DATABASES WHERE `Database` NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')"
    for (database,) in mariadb_server.run_as_master(databases):
        mariadb_server.run_as_master(f"DROP DATABASE `{database}`")
    users = f"SELECT user FROM mysql.user WHERE host = '%' AND user <> '{MASTER}' AND is_role = 'N'"
    for (user,) in mariadb_server.run_as_master(users):
        mariadb_server.run_as_master(f"DROP USER `{user}`@'%'")


@contextmanager
def mariadb_in(folder: Path) -> Iterator[MariaDb]:
    """Run a server that keeps its files in an empty folder."""
    _require_programs()
    _compile_plugin(folder)
    authority = CertificateAuthority(folder)
    certificate, key = authority.issue(MariaDb.host)
    data, port = folder / "data", _free_port()
    data.mkdir()
    if os.geteuid() == 0:  # MariaDB refuses to run as root
        folder.chmod(0o711)
        for path in (data, key):
            shutil.chown(path, _UNPRIVILEGED, pwd.getpwnam(_UNPRIVILEGED).pw_gid)
    _run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db", "--skip-name-resolve"])
    (folder / "prepared.sql").write_text(PREPARED)
    options = {
        "datadir": data,
        "socket": data / "socket",
        "bind-address": MariaDb.host,
        "port": port,
        "ssl-cert": certificate,
        "ssl-key": key,
        "plugin-dir": folder,
        "plugin-load-add": "aws",
        "init-file": folder / "prepared.sql",
        "innodb-buffer-pool-size": "16M",
    }
    command = [
        "mariadbd",
        "--no-defaults",
        "--skip-name-resolve",
        *(f"--{name}={value}" for name, value in options.items()),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **_identity())
    try:
        server = MariaDb(port, authority.certificate_path)
        _wait_for(server, process, folder / "log")
        yield server
    finally:
        process.terminate()
        process.wait()


def _require_programs() -> None:
    missing = {package for program, package in _PROGRAMS.items() if shutil.which(program, path=_path()) is None}
    if not _HEADERS.exists():
        missing.add("libmariadbd-dev")
    if missing:
        pytest.fail(f"The tests of MySQL need Debian's packages {', '.join(sorted(missing))}: apt-get install them")


def _compile_plugin(folder: Path) -> None:
    source = Path(__file__).with_name("aws_authentication_plugin.c")
    headers = [f"-I{_HEADERS}", f"-I{_HEADERS / 'server'}"]
    token = f'-DTOKEN="{TOKEN}"'
    _run(
        [
            "gcc",
            "-shared",
            "-fPIC",
            "-DMYSQL_DYNAMIC_PLUGIN",
            token,
            *headers,
            "-o",
            str(folder / "aws.so"),
            str(source),
        ]
    )


def _wait_for(server: MariaDb, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.run_as_master("DO 0")
        except pymysql.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"MariaDB does not start: {log.read_text()}")


def _run(command: Sequence[str]) -> None:
    identity = {} if command[0] == "gcc" else _identity()
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **identity)
    if done.returncode:
        pytest.fail(f"{command[0]}: {done.stdout}{done.stderr}")


def _identity() -> dict[str, Any]:
    """Tell as whom, and with which programs in reach, a process runs; Debian keeps servers where users do not look."""
    environment = {"env": os.environ | {"PATH": _path()}}
    if os.geteuid() != 0:
        return environment
    group = pwd.getpwnam(_UNPRIVILEGED).pw_gid
    return environment | {"user": _UNPRIVILEGED, "group": group, "extra_groups": []}


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((MariaDb.host, 0))
        port: int = probe.getsockname()[1]
        return port
