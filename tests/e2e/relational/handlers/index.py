"""Runs the SQL that it is asked to, as the user that it was granted, and tells what the database answers."""

import os
from typing import Any

import psycopg

from constructs_lib.relational.client import postgres


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the rows, or the error."""
    os.environ.update(event.get("environment", {}))
    try:
        with postgres.connection(reader=event.get("reader", False)).transaction() as transaction:
            cursor = transaction.connection.execute(event["sql"])
            return {"rows": cursor.fetchall() if cursor.description else []}
    except psycopg.Error as error:
        return {"error": f"{error.sqlstate or ''} {error}"}
