"""The statement that makes a user, run by a real PostgreSQL as RDS's master user would."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from constructs_lib.relational.runtime.database_users.postgres import provision
from tests.relational.conftest import MASTER, Postgres

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


def make(postgres: Postgres, user: str, *, read_only: bool = False) -> None:
    postgres.run(MASTER, provision(user, database="app", read_only=read_only))


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
    postgres.run("postgres", closed)
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


def test_users_made_at_once_do_not_meet(postgres: Postgres) -> None:
    users = [f"user{number}" for number in range(6)]
    with ThreadPoolExecutor(len(users)) as pool:
        list(pool.map(lambda user: make(postgres, user), users))
    make_ledger(postgres, "user0")
    assert notes(postgres, "user5") == ["a"]


def test_all_of_it_happens_or_nothing(postgres: Postgres) -> None:
    postgres.run("postgres", f"REVOKE rds_iam FROM {MASTER}")  # so that the last step fails
    try:
        with pytest.raises(psycopg.Error):
            make(postgres, "app")
        assert postgres.run(MASTER, "SELECT FROM pg_roles WHERE rolname LIKE 'app%'") == []
    finally:
        postgres.run("postgres", f"GRANT rds_iam TO {MASTER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")


def test_the_data_api_finds_no_parameter_in_it() -> None:
    assert ":" not in provision("app", database="app", read_only=False) + provision("v", database="d", read_only=True)


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


@pytest.mark.parametrize("database", ['app"; --', "x" * 56, "postgres"])
def test_a_hostile_or_kept_database_is_refused(database: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user of the database"):
        provision("app", database=database, read_only=False)
