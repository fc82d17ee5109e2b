"""Writes an approved request into the ledger, once, as the ledger's own database user."""

import os
from typing import Any

import boto3
import certifi
import psycopg
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
_connection: psycopg.Connection[Any] | None = None

CREATE = """
CREATE TABLE IF NOT EXISTS ledger (
    request_id uuid PRIMARY KEY,
    summary text NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    approved_by text NOT NULL,
    approved_at timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
)
"""

# The workflow calls at least once; the row is written once.
INSERT = """
INSERT INTO ledger (request_id, summary, amount, approved_by, approved_at)
VALUES (%(request_id)s, %(summary)s, %(amount)s, %(approved_by)s, %(approved_at)s)
ON CONFLICT (request_id) DO NOTHING
"""


def connection() -> psycopg.Connection[Any]:
    """Return a live connection through the proxy; it is kept between invocations."""
    global _connection
    if _connection is None or _connection.closed:
        _connection = connect()
    return _connection


def connect() -> psycopg.Connection[Any]:
    """Connect with a token that stands for the password: it is computed here, from the function's own role."""
    host, port, user = os.environ["DB_HOST"], int(os.environ["DB_PORT"]), os.environ["DB_USER"]
    token = boto3.client("rds").generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
    return psycopg.connect(
        host=host,
        port=port,
        dbname=os.environ["DB_NAME"],
        user=user,
        password=token,
        sslmode="verify-full",
        sslrootcert=os.environ.get("SSL_CERT_FILE", certifi.where()),
        autocommit=True,
        connect_timeout=10,
        # A prepared statement would pin the proxy's connection to this client.
        prepare_threshold=None,
    )


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Write one row; again for the same request changes nothing."""
    global _connection
    try:
        rows = write(event)
    except psycopg.OperationalError:
        # The kept connection died while the function slept.
        _connection = None
        rows = write(event)
    logger.info("written", request_id=event["request_id"], rows=rows)
    return {"rows": rows}


def write(entry: dict[str, Any]) -> int:
    """Insert an entry and return how many rows that made: one, or none if it is there."""
    with connection().transaction(), connection().cursor() as cursor:
        # Two first writers would both find no table, and one of them fail to make it.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger'))")
        cursor.execute(CREATE)
        cursor.execute(INSERT, entry)
        return cursor.rowcount
