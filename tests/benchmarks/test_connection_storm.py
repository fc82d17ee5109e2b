"""A storm breaks a database that has fewer connections than comers, and not one behind a pooler."""

import os

import pytest

from benchmarks.connection_storm import compare
from constructs_lib.relational.client import login_token


def test_the_pooler_carries_what_the_database_alone_refuses() -> None:
    before = dict(os.environ)
    direct, pooled = compare(12, max_connections=9, pool=2)
    login_token._rds.cache_clear()
    assert os.environ == before
    # Of nine, three are reserved and one is the watcher's.
    assert (direct.failures, direct.rows, direct.peak_connections) == (7, 5, 5)
    assert (pooled.failures, pooled.rows, pooled.peak_connections) == (0, 12, 2)


def test_without_the_pooler_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(RuntimeError, match="apt-get install pgbouncer"):
        compare(1, max_connections=9, pool=2)
    login_token._rds.cache_clear()
