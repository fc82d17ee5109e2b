"""The statements that make a user, run by a real MariaDB as RDS's master user of MySQL would."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymysql
import pytest

from constructs_lib.relational.runtime.database_users.mysql import drop, provision
from tests.relational.mariadb import MariaDb

DENIED = {1044, 1045, 1142, 1227, 1370}
"""What the server answers to who may not come in, and to who may not do that."""

WRITES = {
    "INSERT": "INSERT INTO ledger (note) VALUES ('x')",
    "UPDATE": "UPDATE ledger SET note = 'x'",
    "DELETE": "DELETE FROM ledger",
    "CREATE": "CREATE TABLE mine (id int)",
    "ALTER": "ALTER TABLE ledger ADD more int",
    "INDEX": "CREATE INDEX notes ON ledger (note)",
    "DROP": "DROP TABLE ledger",
    "REFERENCES": "CREATE TABLE mine (id int REFERENCES ledger (id))",
    "CREATE VIEW": "CREATE VIEW seen AS SELECT * FROM ledger",
    "CREATE TEMPORARY TABLES": "CREATE TEMPORARY TABLE mine (id int)",
    "LOCK TABLES": "LOCK TABLES ledger READ",
    "TRIGGER": "CREATE TRIGGER told AFTER INSERT ON ledger FOR EACH ROW SET @told = 1",
    "EXECUTE": "CALL note_all()",
}

NO_MORE = {"USAGE ON *.*"}
"""What MySQL calls that a user has no right on all databases."""


def make(mariadb: MariaDb, user: str, *, database: str = "app", read_only: bool = False, **more: Any) -> None:
    mariadb.run_as_master(provision(user, database=database, read_only=read_only, **more))


def make_ledger(mariadb: MariaDb, database: str = "app") -> None:
    statements = [
        "CREATE TABLE ledger (id int AUTO_INCREMENT PRIMARY KEY, note varchar(99))",
        "INSERT INTO ledger (note) VALUES ('a')",
        "CREATE PROCEDURE note_all() UPDATE ledger SET note = 'b'",
    ]
    mariadb.run_as_master(statements, database)


def run(mariadb: MariaDb, user: str, sql: str | Sequence[str], database: str = "app") -> list[Any]:
    """Run statements as a user who logs in by IAM."""
    return mariadb.run(user, mariadb.token, sql, database)


def refuses(mariadb: MariaDb, user: str, sql: str | Sequence[str], database: str = "app") -> bool:
    """Tell whether a user may not do something; it must be right otherwise."""
    try:
        run(mariadb, user, sql, database)
    except pymysql.MySQLError as error:
        if error.args[0] in DENIED:
            return True
        raise
    return False


def rights(mariadb: MariaDb, user: str) -> set[str]:
    """Return a user's rights, each with what it is on."""
    grants = [grant for (grant,) in mariadb.run_as_master(f"SHOW GRANTS FOR `{user}`@'%'")]
    listed = [grant.removeprefix("GRANT ").split(" ON ") for grant in grants if " ON " in grant]
    return {f"{right} ON {place.split(' TO ')[0]}" for names, place in listed for right in names.split(", ")}


@pytest.mark.parametrize("sql", WRITES.values(), ids=WRITES)
def test_a_writer_does_all_that_an_application_does(mariadb: MariaDb, sql: str) -> None:
    make(mariadb, "app")
    make_ledger(mariadb)
    assert not refuses(mariadb, "app", sql)


@pytest.mark.parametrize("sql", WRITES.values(), ids=WRITES)
def test_a_reader_writes_nothing(mariadb: MariaDb, sql: str) -> None:
    make(mariadb, "viewer", read_only=True)
    make_ledger(mariadb)
    assert refuses(mariadb, "viewer", sql)


def test_a_reader_reads_what_is_there_and_comes_later_and_how_views_are_made(mariadb: MariaDb) -> None:
    make_ledger(mariadb)
    make(mariadb, "viewer", read_only=True)
    mariadb.run_as_master("CREATE VIEW seen AS SELECT note FROM ledger", "app")
    for table in ("ledger", "seen"):
        assert run(mariadb, "viewer", f"SELECT note FROM {table}") == [("a",)]
    assert run(mariadb, "viewer", "SHOW CREATE VIEW seen")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE PROCEDURE mine() DO 0",
        "DROP PROCEDURE note_all",
        "CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DO 0",
        "GRANT SELECT ON app.* TO other@'%'",
        "CREATE USER another@'%'",
        "CREATE DATABASE another",
        "SELECT * FROM mysql.user",
        "SHOW GRANTS FOR other@'%'",
    ],
)
def test_a_writer_is_no_administrator(mariadb: MariaDb, sql: str) -> None:
    make(mariadb, "app")
    make(mariadb, "other")
    make_ledger(mariadb)
    assert refuses(mariadb, "app", sql)


def test_the_rights_are_those_and_no_others(mariadb: MariaDb) -> None:
    make(mariadb, "app")
    make(mariadb, "viewer", read_only=True)
    assert rights(mariadb, "app") == {f"{right} ON `app`.*" for right in (*WRITES, "SELECT", "SHOW VIEW")} | NO_MORE
    assert rights(mariadb, "viewer") == {"SELECT ON `app`.*", "SHOW VIEW ON `app`.*"} | NO_MORE


@pytest.mark.parametrize("read_only", [True, False])
def test_an_underscore_in_a_name_stands_for_nothing_else(mariadb: MariaDb, read_only: bool) -> None:
    for database in ("app_x", "appyx"):
        mariadb.run_as_master(f"CREATE DATABASE {database}")
        make_ledger(mariadb, database)
    make(mariadb, "app", database="app_x", read_only=read_only)
    assert not refuses(mariadb, "app", "SELECT * FROM ledger", "app_x")
    assert refuses(mariadb, "app", "SELECT * FROM app_x.ledger", "appyx")
    assert refuses(mariadb, "app", "SELECT * FROM appyx.ledger", "app_x")


def test_a_user_logs_in_by_iam_over_tls_and_not_otherwise(mariadb: MariaDb) -> None:
    make(mariadb, "app")
    assert run(mariadb, "app", "SELECT current_user()") == [("app@%",)]
    for password, tls in (("letmein", True), ("", True), (mariadb.token, False)):
        with pytest.raises(pymysql.OperationalError, match="Access denied"):
            mariadb.connect("app", password, tls=tls)


PASSWORDS = ("letmein", "A-longer.one_of/allowed+characters~{}%s")


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_user_with_a_password_logs_in_by_it_over_tls_and_not_otherwise(mariadb: MariaDb, password: str) -> None:
    make(mariadb, "app", password=password)
    make_ledger(mariadb)
    assert mariadb.run("app", password, "SELECT note FROM ledger", "app") == [("a",)]
    for wrong, tls in ((mariadb.token, True), ("", True), (password, False)):
        with pytest.raises(pymysql.OperationalError, match="Access denied"):
            mariadb.connect("app", wrong, tls=tls)


def test_a_user_goes_from_iam_to_a_password_to_another_one_and_back(mariadb: MariaDb) -> None:
    make(mariadb, "app")
    for password in ("first", "second"):
        make(mariadb, "app", password=password)
        assert mariadb.run("app", password, "SELECT 1") == [(1,)]
    for password in ("first", mariadb.token):
        with pytest.raises(pymysql.OperationalError, match="Access denied"):
            mariadb.connect("app", password)
    make(mariadb, "app")
    assert run(mariadb, "app", "SELECT 1") == [(1,)]
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        mariadb.connect("app", "second")


def test_mysql_is_told_the_plugin_since_a_user_keeps_the_one_it_had() -> None:
    """MariaDB takes what stands between these marks for a comment, so this can only be read."""
    create, alter, *_ = provision("app", database="app", read_only=True, password="letmein")
    for statement in (create, alter):
        assert "IDENTIFIED /*!80000 WITH caching_sha2_password */ BY 'letmein' REQUIRE SSL" in statement


@pytest.mark.parametrize("password", ["", "it's", 'a"b', "a`b", "a\\b", "a:b", "a b", "a\n", "pässword", "a\0"])
def test_a_password_that_could_be_read_otherwise_is_refused_and_not_told(password: str) -> None:
    with pytest.raises(ValueError, match="the password must be printable ASCII") as refusal:
        provision("app", database="app", read_only=True, password=password)
    assert not password or password not in str(refusal.value).removeprefix("the password must")


def test_a_writer_becomes_a_reader_and_a_writer_again(mariadb: MariaDb) -> None:
    make(mariadb, "app")
    make(mariadb, "viewer", read_only=True)
    as_writer, as_reader = rights(mariadb, "app"), rights(mariadb, "viewer")
    make(mariadb, "app", read_only=True)
    assert rights(mariadb, "app") == as_reader
    make(mariadb, "app")
    assert rights(mariadb, "app") == as_writer


def test_a_user_who_stays_what_it_is_never_loses_a_right_meanwhile(mariadb: MariaDb) -> None:
    """MySQL has no transaction around the statements, and functions run while a stack is updated."""
    for read_only in (True, False):
        make(mariadb, "app", read_only=read_only)
        kept = rights(mariadb, "app")
        for statement in provision("app", database="app", read_only=read_only):
            mariadb.run_as_master(statement)
            assert rights(mariadb, "app") >= kept


def test_what_a_reader_and_a_writer_share_survives_the_change(mariadb: MariaDb) -> None:
    make(mariadb, "app")
    for read_only in (True, False):
        for statement in provision("app", database="app", read_only=read_only):
            mariadb.run_as_master(statement)
            assert "SELECT ON `app`.*" in rights(mariadb, "app")


def test_a_user_made_by_hand_is_taken_over(mariadb: MariaDb) -> None:
    mariadb.run_as_master("CREATE USER app@'%' IDENTIFIED BY 'by-hand' ACCOUNT LOCK")
    everything = ", ".join([*WRITES, "SELECT", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT"])
    mariadb.run_as_master(f"GRANT {everything} ON app.* TO app@'%' WITH GRANT OPTION")
    make(mariadb, "app")
    make(mariadb, "viewer", read_only=True)
    assert run(mariadb, "app", "SELECT current_user()") == [("app@%",)]
    assert rights(mariadb, "app") == {f"{right} ON `app`.*" for right in (*WRITES, "SELECT", "SHOW VIEW")} | NO_MORE
    assert refuses(mariadb, "app", "GRANT SELECT ON app.* TO viewer@'%'")
    make(mariadb, "app", read_only=True)
    assert rights(mariadb, "app") == rights(mariadb, "viewer")


def test_repeating_it_changes_nothing(mariadb: MariaDb) -> None:
    users: dict[str, dict[str, Any]] = {"app": {}, "viewer": {"read_only": True}, "teller": {"invokes_lambda": True}}
    for user, more in users.items():
        make(mariadb, user, **more)
        once = mariadb.run_as_master(f"SHOW GRANTS FOR `{user}`@'%'")
        make(mariadb, user, **more)
        assert mariadb.run_as_master(f"SHOW GRANTS FOR `{user}`@'%'") == once


def test_users_made_and_dropped_at_once_do_not_meet(mariadb: MariaDb) -> None:
    make(mariadb, "user0")
    with ThreadPoolExecutor(6) as pool:
        made = [pool.submit(make, mariadb, user) for user in ("user1", "user2", "user1", "user2")]
        gone = [pool.submit(mariadb.run_as_master, drop("user0", database="app")) for _ in range(2)]
        for future in made + gone:
            future.result()
    users = "SELECT user FROM mysql.user WHERE user LIKE 'user%' ORDER BY 1"
    assert mariadb.run_as_master(users) == [("user1",), ("user2",)]


def may_invoke_lambda(mariadb: MariaDb, user: str) -> bool:
    role = f"SELECT 1 FROM mysql.roles_mapping WHERE user = '{user}' AND role = 'AWS_LAMBDA_ACCESS'"
    return bool(mariadb.run_as_master(role))


def test_only_the_user_who_was_let_invokes_lambda(mariadb: MariaDb) -> None:
    make(mariadb, "app", invokes_lambda=True)
    make(mariadb, "other")
    assert may_invoke_lambda(mariadb, "app")
    assert not may_invoke_lambda(mariadb, "other")


def test_a_user_who_may_no_longer_invoke_lambda_does_not(mariadb: MariaDb) -> None:
    make(mariadb, "app", invokes_lambda=True)
    for _ in range(2):  # also if it could not, as after a deployment that failed half-way
        make(mariadb, "app", invokes_lambda=False)
        assert not may_invoke_lambda(mariadb, "app")


def test_a_server_that_does_not_know_lambda_is_told_nothing_about_it() -> None:
    """A role that is not there cannot be revoked, and RDS for MySQL does not have it."""
    assert "AWS_LAMBDA" not in str(provision("app", database="app", read_only=True))


def test_a_dropped_user_is_gone_and_its_tables_stay(mariadb: MariaDb) -> None:
    make(mariadb, "app")
    run(mariadb, "app", ["CREATE TABLE ledger (id int)", "INSERT INTO ledger VALUES (1)"])
    for _ in range(2):
        mariadb.run_as_master(drop("app", database="app"))
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        run(mariadb, "app", "SELECT 1")
    assert mariadb.run_as_master("SELECT * FROM app.ledger") == [(1,)]


@pytest.mark.parametrize("more", [{}, {"password": "letmein"}, {"invokes_lambda": True}, {"invokes_lambda": False}])
def test_the_data_api_finds_no_parameter_in_it(more: dict[str, Any]) -> None:
    for read_only in (True, False):
        assert ":" not in str(provision("app", database="app", read_only=read_only, **more))
    assert ":" not in str(drop("app", database="app"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "App",
        "1app",
        "_app",
        "my-app",
        "app user",
        "app'@'%' IDENTIFIED BY 'x'; --",
        "app`",
        "app%",
        "app\\",
        "app\n",
        "ápp",
        "x" * 33,
        "root",
        "admin",
        "mysql",
        "sys",
        "public",
        "none",
        "rdsadmin",
        "rdsrepladmin",
        "rds_superuser_role",
    ],
)
def test_a_hostile_or_kept_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user of the database 'app'"):
        provision(name, database="app", read_only=False)
    with pytest.raises(ValueError, match="cannot be a user of the database 'app'"):
        drop(name, database="app")


@pytest.mark.parametrize(
    "database", ["app`.* TO x; --", "app%", "x" * 65, "mysql", "sys", "information_schema", "performance_schema"]
)
def test_a_hostile_or_kept_database_is_refused(database: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user of the database"):
        provision("app", database=database, read_only=False)
    with pytest.raises(ValueError, match="cannot be a user of the database"):
        drop("app", database=database)
