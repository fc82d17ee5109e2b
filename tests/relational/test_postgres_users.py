"""The statement that makes a user, run by a real PostgreSQL as RDS's master user would."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from constructs_lib.relational.runtime.database_users.postgres import drop, provision
from tests.relational.postgres import ADMINISTRATOR, MASTER, Postgres

WRITES = (
    "INSERT INTO ledger (note) VALUES ('x')",
    "UPDATE ledger SET note = 'x'",
    "DELETE FROM ledger",
    "TRUNCATE ledger",
    "SELECT nextval('ledger_id_seq')",
    "ALTER TABLE ledger ADD more int",
    "DROP TABLE ledger",
    "CREATE TABLE mine (id int)",
)


def make(postgres: Postgres, user: str, *, read_only: bool = False, **more: Any) -> None:
    (statement,) = provision(user, database="app", read_only=read_only, **more)
    postgres.run(MASTER, statement)


def remove(postgres: Postgres, user: str) -> None:
    (statement,) = drop(user, database="app")
    postgres.run(MASTER, statement)


def make_ledger(postgres: Postgres, owner: str) -> None:
    postgres.run(
        owner, "CREATE TABLE ledger (id serial PRIMARY KEY, note text); INSERT INTO ledger (note) VALUES ('a')"
    )


def notes(postgres: Postgres, user: str) -> list[str]:
    return [note for (note,) in postgres.run(user, "SELECT note FROM ledger ORDER BY id")]


def test_a_writer_creates_reads_and_writes_tables(postgres: Postgres) -> None:
    make(postgres, "app")
    make_ledger(postgres, "app")
    postgres.run("app", "INSERT INTO ledger (note) VALUES ('b'); UPDATE ledger SET note = note || '!'")
    assert notes(postgres, "app") == ["a!", "b!"]
    postgres.run("app", "DELETE FROM ledger; ALTER TABLE ledger ADD more int; DROP TABLE ledger")


def test_a_user_logs_in_by_iam(postgres: Postgres) -> None:
    make(postgres, "app")
    make(postgres, "viewer", read_only=True)
    logs_in = "SELECT rolcanlogin AND pg_has_role(rolname, 'rds_iam', 'USAGE') FROM pg_roles WHERE rolname = '{}'"
    for user in ("app", "viewer"):
        assert postgres.run(MASTER, logs_in.format(user)) == [(True,)]
    assert postgres.run(MASTER, "SELECT rolcanlogin FROM pg_roles WHERE rolname LIKE 'app\\_%'") == [(False,), (False,)]


def test_a_reader_reads_what_a_writer_made_and_makes_later(postgres: Postgres) -> None:
    make(postgres, "app")
    make_ledger(postgres, "app")
    make(postgres, "viewer", read_only=True)
    assert notes(postgres, "viewer") == ["a"]
    postgres.run("app", "CREATE TABLE later (id int); INSERT INTO later VALUES (1); CREATE VIEW seen AS TABLE later")
    assert postgres.run("viewer", "TABLE later") == postgres.run("viewer", "TABLE seen") == [(1,)]


@pytest.mark.parametrize("sql", WRITES)
def test_a_reader_writes_nothing(postgres: Postgres, sql: str) -> None:
    make(postgres, "app")
    make(postgres, "viewer", read_only=True)
    make_ledger(postgres, "app")
    with pytest.raises(InsufficientPrivilege):
        postgres.run("viewer", sql)


def test_nobody_else_may_create_tables(postgres: Postgres) -> None:
    """Before PostgreSQL 15 everybody could, in the schema public."""
    postgres.run(MASTER, "GRANT CREATE ON SCHEMA public TO PUBLIC")
    make(postgres, "viewer", read_only=True)
    with pytest.raises(InsufficientPrivilege):
        postgres.run("viewer", "CREATE TABLE mine (id int)")


def test_users_come_into_a_database_that_is_closed_to_the_public(postgres: Postgres) -> None:
    closed = "REVOKE ALL ON DATABASE app FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC"
    postgres.run(ADMINISTRATOR, closed)
    make(postgres, "app")
    make(postgres, "viewer", read_only=True)
    make_ledger(postgres, "app")
    assert notes(postgres, "viewer") == ["a"]


@pytest.mark.parametrize("first", ["migration", "users"])
def test_what_a_migration_of_the_master_user_made_is_everybody_s(postgres: Postgres, first: str) -> None:
    if first == "migration":
        make_ledger(postgres, MASTER)
    make(postgres, "app")
    make(postgres, "viewer", read_only=True)
    if first == "users":
        make_ledger(postgres, MASTER)
    postgres.run("app", "INSERT INTO ledger (note) VALUES ('b'); UPDATE ledger SET note = note || '!'")
    assert notes(postgres, "viewer") == ["a!", "b!"]
    for sql in WRITES:
        with pytest.raises(InsufficientPrivilege):
            postgres.run("viewer", sql)


def test_writers_share_their_rows_but_not_their_tables(postgres: Postgres) -> None:
    make(postgres, "app")
    make_ledger(postgres, "app")
    make(postgres, "worker")
    postgres.run("worker", "INSERT INTO ledger (note) VALUES ('b'); CREATE TABLE jobs (id int)")
    postgres.run("app", "INSERT INTO jobs VALUES (1)")
    assert notes(postgres, "worker") == ["a", "b"]
    with pytest.raises(InsufficientPrivilege):
        postgres.run("worker", "DROP TABLE ledger")


def test_repeating_it_changes_nothing(postgres: Postgres) -> None:
    state = """
        SELECT (SELECT array_agg(row(m.roleid::regrole, m.member::regrole) ORDER BY 1) FROM pg_auth_members m),
               (SELECT array_agg(row(defaclrole::regrole, defaclacl) ORDER BY defaclrole, defaclobjtype)
                FROM pg_default_acl),
               (SELECT array_agg(row(oid::regclass, relacl) ORDER BY oid) FROM pg_class WHERE relacl IS NOT NULL),
               (SELECT nspacl FROM pg_namespace WHERE nspname = 'public')"""
    for _ in range(2):
        make(postgres, "app")
        make(postgres, "viewer", read_only=True)
    make_ledger(postgres, "app")
    before = postgres.run(MASTER, state)
    make(postgres, "viewer", read_only=True)
    make(postgres, "app")
    assert postgres.run(MASTER, state) == before
    assert notes(postgres, "viewer") == ["a"]


def test_a_writer_that_becomes_a_reader_writes_not_even_its_own_tables(postgres: Postgres) -> None:
    make(postgres, "app")
    make_ledger(postgres, "app")
    make(postgres, "app", read_only=True)
    assert notes(postgres, "app") == ["a"]
    for sql in WRITES:
        with pytest.raises(InsufficientPrivilege):
            postgres.run("app", sql)


def test_a_rolled_back_change_of_rights_gives_all_of_them_back(postgres: Postgres) -> None:
    make(postgres, "app")
    make_ledger(postgres, "app")
    make(postgres, "app", read_only=True)
    make(postgres, "app")
    postgres.run("app", "INSERT INTO ledger (note) VALUES ('b'); ALTER TABLE ledger ADD more int")
    assert notes(postgres, "app") == ["a", "b"]


def test_a_reader_that_becomes_a_writer_writes(postgres: Postgres) -> None:
    make(postgres, "viewer", read_only=True)
    make(postgres, "viewer")
    make_ledger(postgres, "viewer")
    assert notes(postgres, "viewer") == ["a"]
    groups = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'viewer'::regrole ORDER BY 1"
    assert postgres.run(MASTER, groups) == [("app_writers",), ("rds_iam",)]


def test_a_user_made_by_hand_is_taken_over_with_its_tables(postgres: Postgres) -> None:
    postgres.run(MASTER, "CREATE ROLE app NOLOGIN; GRANT app TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO app")
    postgres.run(MASTER, "SET ROLE app; CREATE TABLE ledger (id serial PRIMARY KEY, note text)")
    make(postgres, "app")
    make(postgres, "viewer", read_only=True)
    postgres.run("app", "INSERT INTO ledger (note) VALUES ('a')")
    assert notes(postgres, "viewer") == ["a"]


def test_the_master_user_stays_no_member_of_a_user(postgres: Postgres) -> None:
    """As a member of a member of rds_iam it could not log in by password any more: no further user, no Data API."""
    for user, read_only in (("app", False), ("viewer", True)):
        make(postgres, user, read_only=read_only)
        for right in ("USAGE", "SET"):
            assert postgres.run(MASTER, f"SELECT pg_has_role(CURRENT_USER, '{user}', '{right}')") == [(False,)]
    assert postgres.run(MASTER, "SELECT pg_has_role(CURRENT_USER, 'rds_iam', 'USAGE')") == [(False,)]


def test_a_membership_given_by_hand_stays(postgres: Postgres) -> None:
    postgres.run(MASTER, "CREATE ROLE app; GRANT app TO CURRENT_USER")
    make(postgres, "app")
    assert postgres.run(MASTER, "SELECT pg_has_role(CURRENT_USER, 'app', 'USAGE')") == [(True,)]


def run_at_once(postgres: Postgres, statements: Sequence[str]) -> None:
    """Run statements as the master user, each in a session of its own, and all from the same moment on."""
    ready = Barrier(len(statements))

    def run(statement: str) -> None:
        with postgres.connect(MASTER) as connection:
            ready.wait()
            connection.execute(statement)

    with ThreadPoolExecutor(len(statements)) as pool:
        list(pool.map(run, statements))


def test_users_made_at_once_do_not_meet(postgres: Postgres) -> None:
    """PostgreSQL fails where two sessions change the same rights."""
    users = [f"user{number}" for number in range(8)]
    run_at_once(postgres, [provision(user, database="app", read_only=False)[0] for user in users])
    make_ledger(postgres, "user0")
    assert notes(postgres, "user7") == ["a"]


def test_all_of_it_happens_or_nothing(postgres: Postgres) -> None:
    postgres.run(ADMINISTRATOR, f"REVOKE rds_iam FROM {MASTER}")  # so that the last step fails
    try:
        with pytest.raises(psycopg.Error):
            make(postgres, "app")
        assert postgres.run(MASTER, "SELECT FROM pg_roles WHERE rolname LIKE 'app%'") == []
    finally:
        postgres.run(ADMINISTRATOR, f"GRANT rds_iam TO {MASTER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")


@pytest.mark.parametrize("more", [{}, {"password": "letmein"}, {"invokes_lambda": True}])
def test_the_data_api_finds_no_parameter_in_it(more: dict[str, Any]) -> None:
    for read_only in (True, False):
        assert ":" not in provision("app", database="app", read_only=read_only, **more)[0]
    assert ":" not in drop("app", database="app")[0]


PASSWORDS = ("letmein", "A-longer.one_of/allowed+characters~{}%s")


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_user_with_a_password_logs_in_by_it_and_only_by_it(
    postgres: Postgres, password: str, read_only: bool
) -> None:
    make(postgres, "app", password=password, read_only=read_only)
    assert postgres.run("app", "SELECT current_user", password=password) == [("app",)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        postgres.run("app", "SELECT 1", password=password + "x")
    with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
        postgres.run("app", "SELECT 1")


def test_a_user_with_iam_logs_in_by_no_password(postgres: Postgres) -> None:
    make(postgres, "app", password="letmein")
    make(postgres, "app")
    assert postgres.run("app", "SELECT current_user") == [("app",)]
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        postgres.run("app", "SELECT 1", password="letmein")
    assert postgres.run(ADMINISTRATOR, "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'") == [(None,)]


def test_a_user_goes_from_iam_to_a_password_and_to_another_one(postgres: Postgres) -> None:
    make(postgres, "app")
    make_ledger(postgres, "app")
    for password in ("first", "second"):
        make(postgres, "app", password=password)
        assert postgres.run("app", "SELECT note FROM ledger", password=password) == [("a",)]
    with pytest.raises(psycopg.OperationalError):
        postgres.run("app", "SELECT 1", password="first")


def test_the_password_stands_in_no_statement_but_what_is_hard_to_guess_it_by() -> None:
    """RFC 7677 asks for 4,096 iterations; the salt is another one each time."""
    first, second = (provision("app", database="app", read_only=True, password="letmein")[0] for _ in range(2))
    assert "letmein" not in first
    assert "SCRAM-SHA-256$4096~" in first
    assert first != second


@pytest.mark.parametrize("password", ["", "it's", 'a"b', "a\\b", "a:b", "a b", "a\n", "pässword", "a\0"])
def test_a_password_that_could_be_read_otherwise_is_refused_and_not_told(password: str) -> None:
    with pytest.raises(ValueError, match="the password must be printable ASCII") as refusal:
        provision("app", database="app", read_only=True, password=password)
    assert not password or password not in str(refusal.value).removeprefix("the password must")


CALL = "SELECT aws_lambda.invoke(aws_commons.create_lambda_function_arn('tell'))"


@pytest.mark.parametrize("read_only", [True, False])
def test_only_the_user_who_was_let_invokes_lambda(postgres: Postgres, read_only: bool) -> None:
    make(postgres, "other", read_only=read_only)
    make(postgres, "app", invokes_lambda=True, read_only=read_only)
    make(postgres, "later", read_only=read_only)
    assert postgres.run("app", CALL) == [("invoked tell",)]
    for user in ("other", "later"):
        with pytest.raises(InsufficientPrivilege):
            postgres.run(user, CALL)


@pytest.mark.parametrize("no_longer", [None, False])
def test_a_user_who_may_no_longer_invoke_lambda_does_not(postgres: Postgres, no_longer: bool | None) -> None:
    make(postgres, "other", invokes_lambda=True)
    for _ in range(2):
        make(postgres, "app", invokes_lambda=True)
    make(postgres, "app", invokes_lambda=no_longer)
    with pytest.raises(InsufficientPrivilege):
        postgres.run("app", CALL)
    functions = "SELECT has_function_privilege('app', 'aws_lambda.invoke(text)', 'EXECUTE')"
    assert postgres.run(MASTER, functions) == [(False,)]
    assert postgres.run("other", CALL) == [("invoked tell",)]


def test_a_database_where_nobody_invokes_lambda_gets_no_extension(postgres: Postgres) -> None:
    make(postgres, "app")
    assert postgres.run(MASTER, "SELECT FROM pg_extension WHERE extname LIKE 'aws%'") == []


def test_a_dropped_user_is_gone_and_what_it_made_is_the_writers(postgres: Postgres) -> None:
    make(postgres, "app", invokes_lambda=True)
    make(postgres, "worker")
    make(postgres, "viewer", read_only=True)
    make_ledger(postgres, "app")
    remove(postgres, "app")
    assert postgres.run(MASTER, "SELECT FROM pg_roles WHERE rolname = 'app'") == []
    postgres.run("worker", "INSERT INTO ledger (note) VALUES ('b'); ALTER TABLE ledger ADD more int")
    assert notes(postgres, "viewer") == ["a", "b"]


def test_dropping_is_harmless_to_repeat_and_where_nothing_is(postgres: Postgres) -> None:
    remove(postgres, "app")
    make(postgres, "app")
    for _ in range(2):
        remove(postgres, "app")
    make(postgres, "app")
    make_ledger(postgres, "app")
    assert notes(postgres, "app") == ["a"]


def test_a_user_made_by_hand_is_dropped_too(postgres: Postgres) -> None:
    """Where no user was ever made otherwise, there are no groups yet."""
    postgres.run(MASTER, "CREATE ROLE app; GRANT app TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO app")
    postgres.run(MASTER, "SET ROLE app; CREATE TABLE ledger (id int)")
    remove(postgres, "app")
    owner = "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'ledger'"
    assert postgres.run(MASTER, owner) == [("app_writers",)]


def test_a_user_who_owns_something_in_another_database_is_not_dropped(postgres: Postgres) -> None:
    make(postgres, "app")
    postgres.run(ADMINISTRATOR, "CREATE DATABASE another")
    try:
        postgres.run(ADMINISTRATOR, "CREATE TABLE jobs (); ALTER TABLE jobs OWNER TO app", database="another")
        with pytest.raises(psycopg.Error, match="some objects depend on it"):
            remove(postgres, "app")
        assert postgres.run("app", "SELECT current_user") == [("app",)]
    finally:
        postgres.run(ADMINISTRATOR, "DROP DATABASE another")


def test_users_dropped_at_once_do_not_meet(postgres: Postgres) -> None:
    users = [f"user{number}" for number in range(4)]
    for user in users:
        make(postgres, user)
        postgres.run(user, f"CREATE TABLE {user} (id int)")
    run_at_once(postgres, [drop(user, database="app")[0] for user in users * 2])
    assert postgres.run(MASTER, "SELECT FROM pg_roles WHERE rolname LIKE 'user%'") == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "App",
        "1app",
        "_app",
        "my-app",
        "app user",
        'app"; DROP TABLE ledger; --',
        "app'",
        "app\n",
        "ápp",
        "x" * 64,
        "postgres",
        "public",
        "none",
        "template1",
        "pg_monitor",
        "rds_superuser",
        "rdsadmin",
        "app_readers",
        "app_writers",
    ],
)
def test_a_hostile_or_kept_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user of the database 'app'"):
        provision(name, database="app", read_only=False)
    with pytest.raises(ValueError, match="cannot be a user of the database 'app'"):
        drop(name, database="app")


@pytest.mark.parametrize("database", ['app"; --', "x" * 56, "postgres"])
def test_a_hostile_or_kept_database_is_refused(database: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user of the database"):
        provision("app", database=database, read_only=False)
