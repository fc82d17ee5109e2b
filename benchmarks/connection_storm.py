"""What the pooler is for: ``python -m benchmarks.connection_storm [INVOCATIONS]``, with Debian's package pgbouncer.

So many invocations begin at once, each in an environment of its own, as a burst makes Lambda do: each opens a
connection by `constructs_lib.relational.client.postgres`, writes a row in a short transaction, and keeps the connection
until all are done, as an environment does between invocations. Once they come to PostgreSQL itself, once to PgBouncer,
which stands in for RDS Proxy before the same server. TLS ends in the same endpoint both times. A thread stands in for
an environment; the token is signed and sent, but not checked.
"""

import os
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import psycopg

from benchmarks.storm_servers import ADMINISTRATOR, PORT, USER, endpoint, pooler, postgres
from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.relational.client import postgres as client
from constructs_lib.relational.client.endpoint import Endpoint
from constructs_lib.relational.client.login_token import login_token

INVOCATIONS = 200
MAX_CONNECTIONS = 100  # PostgreSQL's default, of which it reserves three and the benchmark's own watcher takes one
POOL = 20
CONNECT_SECONDS = 60  # on a small machine, hundreds of TLS handshakes take a while; that is not what is measured

TABLE = f"CREATE USER {USER}; CREATE TABLE entries (id int); GRANT INSERT ON entries TO {USER}"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"


@dataclass(frozen=True)
class Outcome:
    """What became of a storm."""

    failures: int
    rows: int
    peak_connections: int
    seconds: float


class Storm:
    """Invocations that begin at once and stay until all are done."""

    def __init__(self, invocations: int, server: Path) -> None:
        self._invocations = invocations
        self._server = server
        self._together = threading.Barrier(invocations + 1)
        self._failures: list[psycopg.OperationalError] = []

    def run(self, host: str) -> Outcome:
        os.environ["DB_HOST"] = host
        environments = [threading.Thread(target=self._environment) for _ in range(self._invocations)]
        done = threading.Event()
        peak: list[int] = [0]
        watcher = threading.Thread(target=self._watch, args=(done, peak))
        for thread in (watcher, *environments):
            thread.start()
        self._together.wait()
        started = time.perf_counter()
        self._together.wait()
        seconds = time.perf_counter() - started
        done.set()
        for thread in (watcher, *environments):
            thread.join()
        return Outcome(len(self._failures), self._rows(), peak[0], seconds)

    def _environment(self) -> None:
        self._together.wait()
        try:
            connection = client.connection(connect_timeout=CONNECT_SECONDS)
            with connection.transaction():
                connection.execute("SELECT pg_sleep(0.05)")
                connection.execute("INSERT INTO entries VALUES (1)")
        except psycopg.OperationalError as error:
            self._failures.append(error)
        self._together.wait()

    def _watch(self, done: threading.Event, peak: list[int]) -> None:
        with administrator(self._server) as connection:
            while not done.wait(0.02):
                row = connection.execute(OPEN, [USER]).fetchone()
                peak[0] = max(peak[0], row[0] if row else 0)

    def _rows(self) -> int:
        with administrator(self._server) as connection:
            row = connection.execute(
                "WITH gone AS (DELETE FROM entries RETURNING 1) SELECT count(*) FROM gone"
            ).fetchone()
        return int(row[0]) if row else 0


def administrator(server: Path) -> "psycopg.Connection[tuple[int]]":
    return psycopg.connect(host=str(server), port=PORT, user=ADMINISTRATOR, dbname="postgres", autocommit=True)


def compare(invocations: int, *, max_connections: int, pool: int) -> tuple[Outcome, Outcome]:
    """Raise a storm on PostgreSQL itself and one on the pooler before it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="storm-")))
        folder.chmod(0o711)  # the servers run as another user if this is root
        authority = CertificateAuthority(folder / "authority")
        server = stack.enter_context(postgres(folder, max_connections))
        with administrator(server) as connection:
            connection.execute(TABLE)
        stack.enter_context(mock.patch.dict(os.environ, _variables(authority)))
        login_token(Endpoint("localhost", PORT, "postgres", USER))  # loads the SDK, in neither storm's time
        direct = Storm(invocations, server).run(stack.enter_context(endpoint(authority, server)))
        between = stack.enter_context(pooler(folder, server, pool))
        pooled = Storm(invocations, server).run(stack.enter_context(endpoint(authority, between)))
    return direct, pooled


def _variables(authority: CertificateAuthority) -> dict[str, str]:
    """Return the environment of a function, all but where the database is."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "SSL_CERT_FILE": str(authority.certificate_path),
        "DB_PORT": str(PORT),
        "DB_NAME": "postgres",
        "DB_USER": USER,
    }


def main() -> None:
    """Print both side by side."""
    invocations = int(sys.argv[1]) if len(sys.argv) > 1 else INVOCATIONS
    direct, pooled = compare(invocations, max_connections=MAX_CONNECTIONS, pool=POOL)
    print(f"{invocations} invocations at once, max_connections = {MAX_CONNECTIONS}, a pool of {POOL}")
    print(f"{'':24}{'PostgreSQL itself':>20}{'behind the pooler':>20}")
    print(f"{'failed':24}{direct.failures:>20}{pooled.failures:>20}")
    print(f"{'rows written':24}{direct.rows:>20}{pooled.rows:>20}")
    print(f"{'connections at the peak':24}{direct.peak_connections:>20}{pooled.peak_connections:>20}")
    print(f"{'time, as a ratio':24}{1:>20.2f}{pooled.seconds / direct.seconds:>20.2f}")


if __name__ == "__main__":
    main()
