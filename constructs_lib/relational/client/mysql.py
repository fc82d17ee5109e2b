"""Connections to MySQL with PyMySQL: IAM token, verified TLS, kept between invocations."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pymysql
from pymysql.constants.SERVER_STATUS import SERVER_STATUS_IN_TRANS

from constructs_lib.relational.client.endpoint import Endpoint, Family
from constructs_lib.relational.client.kept_connections import KeptConnections
from constructs_lib.relational.client.login_token import login_token
from constructs_lib.relational.client.trust import ca_bundle

if pymysql.VERSION < (1, 2):
    # Those before would send the token in clear to a server that pretends not to know TLS.
    raise ImportError(f"PyMySQL 1.2 or later is needed, and this is {pymysql.__version__}")


class Connection(pymysql.Connection):
    """A connection of PyMySQL, with a block for what belongs together."""

    blocks = 0
    server_status: int
    _sock: socket.socket | None
    _read_timeout: float | None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what stands in the block together, or roll it back if the block raises.

        Raises:
            RuntimeError: a block is open already; MySQL would commit that one silently.
        """
        if self.blocks:
            raise RuntimeError("MySQL has no transactions inside of transactions")
        self.blocks += 1
        try:
            self.begin()
            yield
            self.commit()
        except BaseException:
            with suppress(pymysql.Error):  # if it has died, the server rolls back
                self.rollback()
            raise
        finally:
            self.blocks -= 1


def connection(*, reader: bool = False, connect_timeout: int = 5) -> Connection:
    """Return a live connection as the user that `ProxiedDatabase.grant_connect` named, and keep it for the next call.

    Call it where the work begins, not at import: ``with connection().transaction(): ...`` commits together what stands
    in the block, or nothing if it raises. Outside of such a block each statement commits by itself, so that no
    transaction stays open between invocations and holds one of the proxy's connections. ``with connection():`` would
    close it.

    One that has died is replaced, as far as that can be known before it is used: an end that the server announced
    (failover, the proxy's idle timeout) is seen, and one that rested for more than 5 seconds is asked. A transaction
    that was left open outside of a block (``begin()``) is rolled back. Inside of a block the call returns the block's
    connection untouched. Each thread has a connection of its own, which ends with it, and so has each forked process.

    User variables, ``GET_LOCK`` and temporary tables pin the proxy's connection. What you set on the connection stays
    set.

    Args:
        reader: connect to the readers, which refuse to write.
        connect_timeout: seconds that connecting may take. A statement may then wait for the proxy's borrow timeout on
            top: the two together must be below the function's own.

    Raises:
        NotGrantedError: the environment lacks what the grant sets, or leads to PostgreSQL.
        pymysql.OperationalError: the server is not reached, is not trusted, or does not let the user in.
    """
    return _connections.connection(reader=reader, connect_timeout=connect_timeout)


class _PyMySql:
    """How PyMySQL's connections are made and asked."""

    family: Family = "mysql"

    def connect(self, endpoint: Endpoint, timeout: int) -> Connection:
        connection = Connection(
            host=endpoint.host,
            port=endpoint.port,
            database=endpoint.database,
            user=endpoint.user,
            password=login_token(endpoint),
            ssl_ca=ca_bundle(),
            ssl_verify_cert=True,
            ssl_verify_identity=True,
            connect_timeout=timeout,
            read_timeout=timeout,
            autocommit=True,
        )
        connection._read_timeout = None  # that was for the handshake; statements take the time that they need
        return connection

    def in_transaction_block(self, connection: Connection) -> bool:
        return connection.blocks > 0

    def roll_back(self, connection: Connection) -> bool:
        was_left_open = bool(connection.server_status & SERVER_STATUS_IN_TRANS)
        if was_left_open:
            connection.rollback()
        return was_left_open

    def descriptor(self, connection: Connection) -> int:
        if connection._sock is None:
            raise pymysql.OperationalError("it was closed")
        return connection._sock.fileno()

    def ask(self, connection: Connection) -> None:
        connection._read_timeout = connection.connect_timeout
        connection.ping(reconnect=False)
        connection._read_timeout = None


_connections = KeptConnections(_PyMySql())
