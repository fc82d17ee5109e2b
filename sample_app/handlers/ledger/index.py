"""Writes an approved request into the ledger, once, as the ledger's own database user."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import sql

from constructs_lib.relational.client import postgres

logger = Logger()

TABLE = """
CREATE TABLE IF NOT EXISTS ledger (
    request_id uuid PRIMARY KEY,
    summary text NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    approved_by text NOT NULL,
    approved_at timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
)
"""

# As an event: the row does not wait for what is made of it.
TELL = """
CREATE OR REPLACE FUNCTION tell_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM aws_lambda.invoke(aws_commons.create_lambda_function_arn({function}), row_to_json(NEW), 'Event');
    RETURN NULL;
END $$
"""
TRIGGER = "CREATE OR REPLACE TRIGGER tell_booked AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION tell_booked()"

# The workflow calls at least once; the row is written once.
INSERT = """
INSERT INTO ledger (request_id, summary, amount, approved_by, approved_at)
VALUES (%(request_id)s, %(summary)s, %(amount)s, %(approved_by)s, %(approved_at)s)
ON CONFLICT (request_id) DO NOTHING
"""


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Write one row; again for the same request changes nothing."""
    prepare()
    rows = postgres.connection().execute(INSERT, event).rowcount
    logger.info("written", request_id=event["request_id"], rows=rows)
    return {"rows": rows}


@cache
def prepare() -> None:
    """Make the table, and the trigger that calls a function with each new row; once in this environment's life."""
    with postgres.connection().transaction() as transaction:
        # Two first writers would both find no table, and one of them fail to make it.
        transaction.connection.execute("SELECT pg_advisory_xact_lock(hashtext('ledger'))")
        transaction.connection.execute(TABLE)
        transaction.connection.execute(sql.SQL(TELL).format(function=sql.Literal(os.environ["BOOKED_FUNCTION"])))
        transaction.connection.execute(TRIGGER)
