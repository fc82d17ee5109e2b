"""postgres.connection: what it keeps is alive, alone with its thread and without a transaction when it gives it out."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import boto3.session
import psycopg
import pytest

from constructs_lib.relational.client import postgres
from tests.relational.client.doors import PostgresDoor
from tests.relational.postgres import ADMINISTRATOR, Postgres

pytestmark = pytest.mark.usefixtures("door")


def rows(server: Postgres) -> list[int]:
    return [row for (row,) in server.run("writer", "SELECT id FROM rows ORDER BY id")]


def answers(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    return connection.execute("SELECT 1").fetchone() == (1,)


class TestLife:
    def test_it_is_kept(self, door: PostgresDoor) -> None:
        assert postgres.connection() is postgres.connection()
        assert len(door.passwords) == 1

    def test_one_that_was_closed_is_replaced(self) -> None:
        with postgres.connection() as first:
            pass
        assert postgres.connection() is not first
        assert answers(postgres.connection())

    def test_one_that_the_server_ended_is_replaced(self, server: Postgres) -> None:
        first = postgres.connection()
        server.run(ADMINISTRATOR, f"SELECT pg_terminate_backend({first.info.backend_pid}, 5000)")
        time.sleep(0.1)  # until the goodbye has come through the door
        assert answers(postgres.connection())

    def test_one_that_the_proxy_left_is_replaced(self, door: PostgresDoor) -> None:
        first = postgres.connection()
        door.hang_up()
        assert answers(postgres.connection())
        assert first.closed

    @pytest.mark.parametrize("seconds", [6, -6], ids=["forwards", "the clock was set back"])
    def test_one_whose_end_nobody_announced_is_replaced_after_a_rest(
        self, door: PostgresDoor, seconds: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = postgres.connection()
        door.fall_silent()
        assert postgres.connection() is first
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + seconds)
        assert answers(postgres.connection())
        assert first.closed

    def test_one_that_was_asked_is_trusted_again(self, door: PostgresDoor, monkeypatch: pytest.MonkeyPatch) -> None:
        first = postgres.connection()
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 6)
        assert postgres.connection() is first
        door.fall_silent()
        assert postgres.connection() is first

    def test_one_that_was_just_used_is_not_asked(self, server: Postgres) -> None:
        first = postgres.connection()
        first.execute("SELECT 'mine'")
        postgres.connection()
        last = f"SELECT query FROM pg_stat_activity WHERE pid = {first.info.backend_pid}"
        assert server.run(ADMINISTRATOR, last) == [("SELECT 'mine'",)]

    def test_one_in_the_midst_of_a_result_is_replaced(self) -> None:
        first = postgres.connection()
        stream = first.cursor().stream("SELECT generate_series(1, 1000000)")
        next(stream)
        assert postgres.connection() is not first
        assert answers(postgres.connection())
        with pytest.raises(psycopg.OperationalError):
            list(stream)

    def test_a_login_that_failed_leaves_nothing_behind(
        self, door: PostgresDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DB_USER", "nobody")
        with pytest.raises(psycopg.OperationalError):
            postgres.connection()
        monkeypatch.setenv("DB_USER", "writer")
        assert answers(postgres.connection())


class TestTransactions:
    @pytest.mark.parametrize("error", [False, True])
    def test_one_that_was_left_open_is_rolled_back(
        self, server: Postgres, error: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = postgres.connection()
        first.execute("BEGIN; INSERT INTO rows VALUES (1)")
        if error:
            with pytest.raises(psycopg.errors.DivisionByZero):
                first.execute("SELECT 1 / 0")
        assert postgres.connection() is first
        first.execute("INSERT INTO rows VALUES (2)")
        assert rows(server) == [2]
        assert caplog.messages == ["rolled back a transaction that was left open"]

    def test_one_that_died_open_is_replaced(self, server: Postgres, door: PostgresDoor) -> None:
        postgres.connection().execute("BEGIN; INSERT INTO rows VALUES (1)")
        door.hang_up()
        assert answers(postgres.connection())
        assert rows(server) == []

    def test_a_block_commits_together_wherever_the_connection_is_asked_for(self, server: Postgres) -> None:
        with postgres.connection().transaction():
            postgres.connection().execute("INSERT INTO rows VALUES (1)")
            with postgres.connection().transaction():
                postgres.connection().execute("INSERT INTO rows VALUES (2)")
            assert rows(server) == []
            postgres.connection().execute("INSERT INTO rows VALUES (3)")
        assert rows(server) == [1, 2, 3]

    def test_a_block_that_raises_commits_nothing(self, server: Postgres) -> None:
        def work() -> None:
            with postgres.connection().transaction():
                postgres.connection().execute("INSERT INTO rows VALUES (1)")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            work()
        assert answers(postgres.connection())
        assert rows(server) == []

    def test_a_block_is_psycopg_s_own(self, server: Postgres) -> None:
        with postgres.connection().transaction(force_rollback=True):
            postgres.connection().execute("INSERT INTO rows VALUES (1)")
        with postgres.connection().transaction("point") as transaction:
            assert transaction.savepoint_name == "point"
            postgres.connection().execute("INSERT INTO rows VALUES (2)")
            raise psycopg.Rollback
        assert rows(server) == []

    def test_a_connection_that_dies_in_a_block_is_not_replaced_there(
        self, server: Postgres, door: PostgresDoor
    ) -> None:
        def work() -> None:
            with postgres.connection().transaction():
                postgres.connection().execute("INSERT INTO rows VALUES (1)")
                door.hang_up()
                postgres.connection().execute("INSERT INTO rows VALUES (2)")

        with pytest.raises(psycopg.OperationalError):
            work()
        assert answers(postgres.connection())
        assert rows(server) == []


class TestSharing:
    def test_each_thread_has_its_own(self) -> None:
        barrier = threading.Barrier(4)

        def ask(_: int) -> tuple[bool, int]:
            first = postgres.connection()
            barrier.wait()
            return postgres.connection() is first and answers(first), first.info.backend_pid

        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(ask, range(4)))
        assert all(is_kept for is_kept, _ in done)
        assert len({backend for _, backend in done}) == 4

    def test_threads_that_begin_together_load_the_sdk_once(self) -> None:
        make = boto3.session.Session
        with (
            mock.patch("boto3.session.Session", side_effect=make) as made,
            ThreadPoolExecutor(4) as pool,
        ):
            list(pool.map(lambda _: postgres.connection(), range(4)))
        assert made.call_count == 1

    def test_a_thread_s_connection_ends_with_it(self, server: Postgres) -> None:
        thread = threading.Thread(target=postgres.connection)
        thread.start()
        thread.join()
        left = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'writer'"
        deadline = time.monotonic() + 5
        while server.run(ADMINISTRATOR, left) != [(0,)]:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def test_a_forked_process_makes_its_own_and_leaves_its_parent_s_alone(self) -> None:
        done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.split()) == (0, ["child", "another", "parent", "same"]), done.stderr


FORK = """
import os
from constructs_lib.relational.client import postgres

def backend():
    return postgres.connection().execute("SELECT pg_backend_pid()").fetchone()

before = backend()
if os.fork() == 0:
    print("child", "same" if backend() == before else "another", flush=True)
    postgres._connections._kept.clear()
    os._exit(0)
_, status = os.wait()
print("parent", "same" if backend() == before else "another")
raise SystemExit(status)
"""
