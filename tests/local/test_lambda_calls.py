"""A PostgreSQL database calls Lambda functions as on RDS, and hears what they say."""

import base64
import time
from pathlib import Path

import psycopg
import pytest

from tests.local.calling_database import CallingDatabase
from tests.local.stack import connect

pytestmark = pytest.mark.local_aws


def test_trigger_calls_the_function_with_a_row_that_came_through_the_proxy(calls: CallingDatabase) -> None:
    for sql in (
        "CREATE USER app",
        "GRANT rds_iam TO app",
        "CREATE TABLE notes (id int, text text)",
        "GRANT INSERT ON notes TO app",
        f"""CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
              PERFORM aws_lambda.invoke('{calls.told["Function"]}', row_to_json(NEW));
              RETURN NULL;
            END $$""",
        "CREATE TRIGGER told AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION tell()",
    ):
        calls.execute(sql)
    host = calls.told["Proxy"]
    token = calls.aws.client("rds").generate_db_auth_token(DBHostname=host, Port=5432, DBUsername="app")
    with connect(calls.aws, host, user="app", password=token, dbname="app") as connection:
        connection.execute("INSERT INTO notes VALUES (1, 'naïve \\ \"row\"'), (2, NULL)")
    told = sorted(calls.received(2), key=lambda row: row["id"])
    assert told == [{"id": 1, "text": 'naïve \\ "row"'}, {"id": 2, "text": None}]


def test_gives_back_what_the_function_does(calls: CallingDatabase) -> None:
    assert calls.invoke("asked") == (200, {"echo": "asked"}, "$LATEST", None)
    assert calls.received() == ["asked"]


def test_leaves_nothing_of_a_call(calls: CallingDatabase) -> None:
    folder = calls.aws.folder or Path()
    before = set(folder.glob("databases/*/lambda_calls/*"))
    calls.invoke("fail")
    deadline = time.monotonic() + 10
    while (left := set(folder.glob("databases/*/lambda_calls/*")) - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == set()
    assert "calls" in [path.name for path in before]


def test_gives_back_that_the_function_failed(calls: CallingDatabase) -> None:
    status, payload, *_ = calls.invoke("fail")
    assert (status, payload["errorMessage"]) == (200, "as asked")


def test_does_not_wait_for_an_event(calls: CallingDatabase) -> None:
    assert calls.invoke("event", ", NULL, 'Event'")[:2] == (202, None)
    assert calls.received() == ["event"]


def test_gives_back_the_log(calls: CallingDatabase) -> None:
    status, payload, _, log = calls.invoke("logged", ", log_type => 'Tail'")
    assert (status, payload["echo"]) == (200, "logged")
    assert "heard logged" in base64.b64decode(log).decode()
    calls.received()


@pytest.mark.parametrize(
    "invocation",
    [
        "aws_commons.create_lambda_function_arn(%(name)s, 'us-east-1'), '1'::json",
        "aws_commons.create_lambda_function_arn(%(name)s), '1'::jsonb",
        "%(name)s, '1'::jsonb, 'us-east-1'",
        "%(name)s, '1'::json, qualifier => '$LATEST'",
        "%(name)s, '1'::jsonb, context => '{\"custom\": 1}'",
        "'arn:aws:lambda:us-east-1:000000000000:function:' || %(name)s, '1'::json",
        "'000000000000:function:' || %(name)s || ':$LATEST', '1'::json",
    ],
)
def test_names_the_function_in_every_way(calls: CallingDatabase, invocation: str) -> None:
    with calls.connect() as connection:
        sql = f"SELECT (aws_lambda.invoke({invocation})).payload->>'echo'"
        row = connection.execute(sql, {"name": calls.told["Function"]}).fetchone()
    assert row == ("1",)
    calls.received()


def test_waits_no_longer_than_it_is_told(calls: CallingDatabase) -> None:
    with calls.connect() as connection:
        connection.execute("SET aws_lambda.request_timeout_ms = 1")
        with pytest.raises(psycopg.errors.ExternalRoutineException, match="Timeout was reached"):
            connection.execute("SELECT aws_lambda.invoke(%s, '1'::json)", [calls.told["Function"]])
    calls.received()


def test_is_for_those_it_was_granted_to(calls: CallingDatabase) -> None:
    calls.execute("CREATE USER clerk PASSWORD 'a-password'")
    sql, name = "SELECT status_code FROM aws_lambda.invoke(%s, '1'::json)", [calls.told["Function"]]
    with calls.connect("clerk") as clerk:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema aws_lambda"):
            clerk.execute(sql, name)
        calls.execute("GRANT USAGE ON SCHEMA aws_lambda TO clerk")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="function invoke"):
            clerk.execute(sql, name)
        calls.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_lambda TO clerk")
        assert clerk.execute(sql, name).fetchone() == (200,)
    calls.received()


def test_extension_goes_and_comes_back(calls: CallingDatabase) -> None:
    calls.execute("DROP EXTENSION aws_lambda CASCADE")
    calls.execute("CREATE EXTENSION aws_lambda")
    assert calls.invoke()[0] == 200
    calls.received()
