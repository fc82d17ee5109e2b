"""The ledger's handler: what was approved is written once, and told once, however often it is called."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

import sample_app
from constructs_lib.relational.client import postgres as client
from tests.relational.postgres import MASTER, Postgres, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

SOURCE = Path(sample_app.__file__).parent / "handlers" / "ledger" / "index.py"
ENTRY = {
    "request_id": "6f4bbd4e-2f0c-4d6b-9d3e-1a1c2b3d4e5f",
    "summary": "A desk",
    "amount": "249.00",
    "approved_by": "mary",
    "approved_at": "2026-01-02T03:04:05Z",
}
CONTEXT = SimpleNamespace(
    function_name="WriteLedger", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="id"
)


# What RDS's extension offers, but that it notes instead of calling.
NOTES = """
    CREATE SCHEMA aws_commons;
    CREATE FUNCTION aws_commons.create_lambda_function_arn(text) RETURNS text LANGUAGE sql RETURN $1;
    CREATE SCHEMA aws_lambda;
    CREATE TABLE calls (function text, payload json, kind text);
    CREATE FUNCTION aws_lambda.invoke(text, json, text) RETURNS void LANGUAGE sql
        AS 'INSERT INTO calls VALUES ($1, $2, $3)';
"""


@pytest.fixture
def ledger(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    monkeypatch.setenv("BOOKED_FUNCTION", "booked")
    with postgres.connect(MASTER) as kept:
        kept.execute(NOTES)
        monkeypatch.setattr(client, "connection", lambda: kept)
        yield postgres


def handler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ledger_index", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(**changes: str) -> dict[str, Any]:
    return cast("dict[str, Any]", handler().handler({**ENTRY, **changes}, cast("LambdaContext", CONTEXT)))


def test_an_entry_is_written_once(ledger: Postgres) -> None:
    assert [write(), write()] == [{"rows": 1}, {"rows": 0}]
    assert ledger.run(MASTER, "SELECT summary, amount::text, approved_by FROM ledger") == [("A desk", "249.00", "mary")]
    calls = ledger.run(MASTER, "SELECT function, payload ->> 'request_id', kind FROM calls")
    assert calls == [("booked", ENTRY["request_id"], "Event")]


def test_an_entry_that_is_refused_is_not_told(ledger: Postgres) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        write(amount="0")
    assert ledger.run(MASTER, "SELECT * FROM calls") == []
