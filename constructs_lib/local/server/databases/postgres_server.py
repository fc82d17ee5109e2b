"""A PostgreSQL server for one local database."""

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from constructs_lib.local.server.databases.lambda_calls import LambdaCalls
from constructs_lib.local.server.databases.postgres_installation import PostgresError, PostgresInstallation

SQL_PORT = 15432
"""Beside the database's endpoint, on the same address: that one adds TLS, which this PostgreSQL was built without."""

_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0
_ADMINISTRATOR = "rdsadmin"  # As on RDS, where the master user is no superuser.

# A database that ends with its process needs no care for crashes, and little memory.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",
}

PROXY_ADDRESS = "127.0.0.2"
"""Where a proxy comes from that logs in by a password: asked for it in clear, it need not know how to encrypt it."""

# On its address, passwords are asked for; as on RDS, no member of rds_iam comes in by one. Its socket is for the proxy
# that has verified its caller by other means: it admits the members of rds_iam and nobody else.
_ADMISSION = """\
local all {administrator} trust
local all {master} reject
local all +rds_iam trust
host all {master} {proxy}/32 password
host all {master} 127.0.0.0/8 scram-sha-256
host all +rds_iam 127.0.0.0/8 reject
host all all {proxy}/32 password
host all all 127.0.0.0/8 scram-sha-256
"""

# The master user may hand rds_iam on without being a member that logs in with it.
_ROLES = """\
CREATE ROLE rds_iam;
CREATE ROLE rds_superuser IN ROLE pg_monitor, pg_signal_backend, pg_checkpoint;
CREATE ROLE {master} LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser;
GRANT rds_iam TO {master} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
ALTER DATABASE postgres OWNER TO {master};
"""


class PostgresServer:
    """A PostgreSQL server with the roles that it has on RDS."""

    def __init__(self, installation: PostgresInstallation, folder: Path, address: str, calls: LambdaCalls) -> None:
        """Plan a server with its data in ``folder``, listening on a loopback address, whose ``calls`` are answered."""
        self.address = address
        self.socket_path = folder / f".s.PGSQL.{SQL_PORT}"
        self._installation = installation
        self._folder = folder
        self._calls = calls
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, master: str, password: str, database: str) -> None:
        """Make the server with its master user and database; return when it answers."""
        self._initialize(master)
        self._calls.start(self._installation.give)
        settings = _SETTINGS | {
            "listen_addresses": self.address,
            "port": str(SQL_PORT),
            "unix_socket_directories": str(self._folder),
            "extension_control_path": f"{self._installation.extensions}:$system",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = self._installation.start("postgres", "-D", str(self._folder), *options)
        self._wait_until_ready(self._process)
        self.execute(_ROLES.format(master=_identifier(master)))
        self.set_password(master, password)
        if database and database != "postgres":
            self.execute(f"CREATE DATABASE {_identifier(database)} OWNER {_identifier(master)};")

    def set_password(self, user: str, password: str) -> None:
        """Give a user another password."""
        literal = password.replace("'", "''")
        self.execute(f"ALTER ROLE {_identifier(user)} PASSWORD '{literal}';")

    def execute(self, sql: str) -> None:
        """Run statements as the superuser."""
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=postgres"]
        connection = [f"--host={self._folder}", f"--port={SQL_PORT}", f"--username={_ADMINISTRATOR}"]
        self._installation.run("psql", *options, *connection, stdin=sql)

    def stop(self) -> None:
        """Stop it at once: what it holds ends with it."""
        self._calls.stop()
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_TIMEOUT)
        self._process.kill()
        self._process.wait()

    def _initialize(self, master: str) -> None:
        self._folder.mkdir(mode=0o700)
        self._installation.give(self._folder)
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        self._installation.run("initdb", "-D", str(self._folder), f"--username={_ADMINISTRATOR}", *options)
        admission = _ADMISSION.format(administrator=_ADMINISTRATOR, master=_identifier(master), proxy=PROXY_ADDRESS)
        (self._folder / "pg_hba.conf").write_text(admission)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the server's own note that it takes connections."""
        note, deadline = self._folder / "postmaster.pid", time.monotonic() + _START_TIMEOUT
        while not (note.exists() and note.read_text().rstrip().endswith("ready")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise PostgresError("PostgreSQL did not start; the log says why")
            time.sleep(0.02)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
