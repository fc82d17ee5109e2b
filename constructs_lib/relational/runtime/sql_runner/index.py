"""Runs the SQL that it is handed, in order, on a database that only a function in its VPC reaches."""

import re
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

import psycopg
import pymysql
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from constructs_lib.relational.client.trust import ca_bundle

logger = Logger()

PATIENCE_SECONDS = 60
"""For a database that is starting. With what follows it ends before Lambda does, after 120 s."""
CONNECT_SECONDS = 10
STATEMENT_SECONDS = 40
_PAUSE_SECONDS = 1

_STARTING = ("connection refused", "the database system is starting up", "not yet accepting connections")

_Connection = TypeVar("_Connection")


class SqlError(Exception):
    """The database did not do what it was told; the sentence is its own, without what it quotes of a statement."""


@logger.inject_lambda_context(clear_state=True, log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 - Lambda's
    """Run statements, each for itself, as a user who logs in by password over TLS; tell how many they were.

    The event holds ``family`` (``postgres`` or ``mysql``), ``host``, ``port``, ``database``, ``user``, ``password`` and
    ``statements``. It is never logged, nor is any of them.

    Raises:
        SqlError: the database cannot be reached, is not the one that was meant, or refuses a statement.
    """
    run = {"postgres": _run_on_postgres, "mysql": _run_on_mysql}[event["family"]]
    logger.append_keys(family=event["family"], database=event["database"])
    try:
        run(event)
    except (psycopg.Error, pymysql.Error, OSError) as error:
        reason = _sentence(error, event["password"])
        logger.error("failed", reason=reason)  # noqa: TRY400 - the exception may quote the statement
        raise SqlError(reason) from None
    count = len(event["statements"])
    logger.info("done", statements=count)
    return {"statements": count}


def _run_on_postgres(event: dict[str, Any]) -> None:
    def connect() -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host=event["host"],
            port=event["port"],
            dbname=event["database"],
            user=event["user"],
            password=event["password"],
            sslmode="verify-full",
            sslrootcert=ca_bundle(),
            connect_timeout=CONNECT_SECONDS,
            options=f"-c statement_timeout={STATEMENT_SECONDS}s",
            autocommit=True,
        )

    with _patiently(connect) as connection:
        for statement in event["statements"]:
            connection.execute(statement)


def _run_on_mysql(event: dict[str, Any]) -> None:
    def connect() -> "pymysql.Connection[Any]":
        return pymysql.connect(
            host=event["host"],
            port=event["port"],
            database=event["database"],
            user=event["user"],
            password=event["password"],
            # Not a context of Python's: since 3.13 that is stricter than the certificates of RDS are.
            ssl_ca=ca_bundle(),
            ssl_verify_cert=True,
            ssl_verify_identity=True,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=STATEMENT_SECONDS,
            # Else the server waits for a table's lock for a year, long after its client is gone.
            init_command=f"SET SESSION lock_wait_timeout = {STATEMENT_SECONDS // 2}",
            autocommit=True,
        )

    with closing(_patiently(connect)) as connection, connection.cursor() as cursor:
        for statement in event["statements"]:
            cursor.execute(statement)


def _patiently(connect: Callable[[], _Connection]) -> _Connection:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return connect()
        except (psycopg.OperationalError, pymysql.OperationalError) as error:
            starting = any(words in str(error).lower() for words in _STARTING)
            if not starting or time.monotonic() > deadline:
                raise
            logger.info("waiting for the database")
            time.sleep(_PAUSE_SECONDS)


def _sentence(error: Exception, password: str) -> str:
    """Return what the database says. Both servers quote the statement around a mistake, and it may hold a password."""
    sentence = str(error)
    if isinstance(error, psycopg.Error):
        sentence = error.diag.message_primary or sentence
    elif isinstance(error, pymysql.Error):
        sentence = str(error.args[-1])
    return re.sub(r"near '.*", "near what is not told here", sentence, flags=re.DOTALL).replace(password, "***")
