"""Words that the engines reserve: what PostgreSQL itself says, and a few of MySQL's."""

import pytest

from constructs_lib.relational.reserved_words import is_reserved
from tests.relational.postgres import MASTER, Postgres


def test_all_that_postgresql_reserves_and_nothing_else(postgres: Postgres) -> None:
    words = postgres.run(MASTER, "SELECT word, catcode IN ('R', 'T') FROM pg_get_keywords()")
    assert [word for word, reserved in words if reserved != is_reserved("postgres", word)] == []


@pytest.mark.parametrize("word", ["schema", "order", "system", "rank", "groups"])
def test_mysql_s_are_known(word: str) -> None:
    assert is_reserved("mysql", word)


@pytest.mark.parametrize("word", ["app", "ledger", "orders", "name"])
def test_common_names_are_free(word: str) -> None:
    assert not is_reserved("mysql", word)
    assert not is_reserved("postgres", word)
