"""Connections to PostgreSQL with psycopg: IAM token, verified TLS, kept between invocations."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from constructs_lib.relational.client.endpoint import Endpoint, Family
from constructs_lib.relational.client.kept_connections import KeptConnections
from constructs_lib.relational.client.login_token import login_token
from constructs_lib.relational.client.trust import ca_bundle


def connection(*, reader: bool = False, connect_timeout: int = 5) -> psycopg.Connection[TupleRow]:
    """Return a live connection as the user that `ProxiedDatabase.grant_connect` named, and keep it for the next call.

    Call it where the work begins, not at import: ``with connection().transaction(): ...`` commits together what stands
    in the block, or nothing if it raises. Outside of such a block each statement commits by itself, so that no
    transaction stays open between invocations and holds one of the proxy's connections. ``with connection():`` would
    close it.

    One that has died is replaced, as far as that can be known before it is used: an end that the server announced
    (failover, the proxy's idle timeout) is seen, and one that rested for more than 5 seconds is asked. A transaction
    that was left open outside of a block (``execute("BEGIN")``) is rolled back. Inside of a block the call returns the
    block's connection untouched. Each thread has a connection of its own, which ends with it, and so has
    each forked process.

    Statements are never prepared, for that would pin the proxy's connection; ``SET`` and temporary tables do. What you
    set on the connection stays set.

    Args:
        reader: connect to the readers, which refuse to write.
        connect_timeout: whole seconds, at least 2, that each address of the endpoint is given to connect. A statement
            may then wait for the proxy's borrow timeout on top: the two together must be below the function's own.

    Raises:
        NotGrantedError: the environment lacks what the grant sets, or leads to MySQL.
        psycopg.OperationalError: the server is not reached, is not trusted, or does not let the user in.
    """
    return _connections.connection(reader=reader, connect_timeout=connect_timeout)


class _Connection(psycopg.Connection[TupleRow]):
    """Knows whether it is inside of a transaction block."""

    blocks = 0

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        self.blocks += 1
        try:
            with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
        finally:
            self.blocks -= 1


class _Psycopg:
    """How psycopg's connections are made and asked."""

    family: Family = "postgres"

    def connect(self, endpoint: Endpoint, timeout: int) -> _Connection:
        return _Connection.connect(
            host=endpoint.host,
            port=endpoint.port,
            dbname=endpoint.database,
            user=endpoint.user,
            password=login_token(endpoint),
            sslmode="verify-full",
            sslrootcert=ca_bundle(),
            # RDS Proxy knows no Kerberos, and asking for it costs a round trip.
            gssencmode="disable",
            connect_timeout=timeout,
            # Without it, a network that has gone silent is waited for a quarter of an hour.
            tcp_user_timeout=timeout * 1000,
            autocommit=True,
            prepare_threshold=None,
        )

    def in_transaction_block(self, connection: _Connection) -> bool:
        return connection.blocks > 0

    def roll_back(self, connection: _Connection) -> bool:
        status = connection.info.transaction_status
        if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            connection.rollback()
            return True
        if status != TransactionStatus.IDLE:
            raise psycopg.OperationalError(f"its state is {status.name}")
        return False

    def descriptor(self, connection: _Connection) -> int:
        return connection.fileno()

    def ask(self, connection: _Connection) -> None:
        connection.execute("SELECT 1")


_connections = KeptConnections(_Psycopg())
