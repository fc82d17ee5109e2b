"""DatabaseEngine: plain data, and no size or version that RDS does not have."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from constructs_lib import DatabaseEngine, InvalidArgument
from constructs_lib.relational.engine import Instance, Serverless

AURORA_POSTGRES, AURORA_MYSQL = DatabaseEngine.aurora_postgres, DatabaseEngine.aurora_mysql
POSTGRES, MYSQL = DatabaseEngine.postgres, DatabaseEngine.mysql

Make = Callable[..., DatabaseEngine]


def test_it_is_plain_frozen_data() -> None:
    engine = AURORA_POSTGRES("17.9", min_acu=0, max_acu=256, readers=15)
    assert engine == DatabaseEngine(
        name="aurora-postgresql",
        version="17.9",
        family="postgres",
        size=Serverless(min_acu=0, max_acu=256, readers=15),
        can_invoke_lambda=True,
    )
    with pytest.raises(FrozenInstanceError):
        engine.version = "18.3"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("engine", "name", "family", "port", "is_aurora", "invokes"),
    [
        (AURORA_POSTGRES("17.9"), "aurora-postgresql", "postgres", 5432, True, True),
        (AURORA_MYSQL("3.10.4"), "aurora-mysql", "mysql", 3306, True, True),
        (POSTGRES("17.9"), "postgres", "postgres", 5432, False, True),
        (POSTGRES("13.2"), "postgres", "postgres", 5432, False, True),
        (POSTGRES("13.1"), "postgres", "postgres", 5432, False, False),
        (MYSQL("8.4.9"), "mysql", "mysql", 3306, False, False),
    ],
)
def test_it_knows_what_an_engine_is_and_can(
    engine: DatabaseEngine, name: str, family: str, port: int, is_aurora: bool, invokes: bool
) -> None:
    assert (engine.name, engine.family, engine.port) == (name, family, port)
    assert (engine.is_aurora, engine.has_data_api, engine.can_invoke_lambda) == (is_aurora, is_aurora, invokes)
    assert engine.proxy_family == {"postgres": "POSTGRESQL", "mysql": "MYSQL"}[family]


@pytest.mark.parametrize("make", [lambda: AURORA_POSTGRES("17.9"), lambda: AURORA_MYSQL("3.10.4")])
def test_aurora_is_small_by_default(make: Make) -> None:
    assert make().size == Serverless(min_acu=0.5, max_acu=4, readers=0)
    assert make().readers == 0


@pytest.mark.parametrize("make", [lambda: POSTGRES("17.9"), lambda: MYSQL("8.4.9")])
def test_an_instance_has_a_standby_by_default(make: Make) -> None:
    assert make().size == Instance(instance_type="t4g.medium", multi_az=True, storage_gib=20, max_storage_gib=100)
    assert make().readers == 0


@pytest.mark.parametrize(
    ("make", "version"),
    [
        *((AURORA_POSTGRES, version) for version in ("13.11", "14.8", "15.3", "16.1", "17.4", "18.3")),
        *((AURORA_MYSQL, version) for version in ("3.07.0", "3.10.4")),
        *((POSTGRES, version) for version in ("13.1", "18.3")),
        *((MYSQL, version) for version in ("8.0.46", "8.4.10")),
    ],
)
def test_versions_that_are_taken(make: Make, version: str) -> None:
    assert make(version).version == version


UNKNOWN = "that aws-cdk-lib knows"


@pytest.mark.parametrize(
    ("make", "version", "sentence"),
    [
        (AURORA_POSTGRES, "16.999", "version must be a whole version of aurora-postgresql that aws-cdk-lib knows"),
        (AURORA_POSTGRES, "16", UNKNOWN),
        (AURORA_POSTGRES, "16.6-limitless", UNKNOWN),
        (AURORA_POSTGRES, "16.6_LIMITLESS", UNKNOWN),
        (AURORA_POSTGRES, "", UNKNOWN),
        *((AURORA_POSTGRES, old, "version must have the Data API") for old in ("12.22", "13.10", "16.0", "17.2")),
        (AURORA_MYSQL, "3.10.999", UNKNOWN),
        (AURORA_MYSQL, "3.10", UNKNOWN),
        (AURORA_MYSQL, "5.7.12", UNKNOWN),
        (AURORA_MYSQL, "2.12.5", UNKNOWN),
        (AURORA_MYSQL, "3.06.1", "version must have the Data API, which makes the database users (3.7 and later)"),
        (POSTGRES, "17", UNKNOWN),
        (POSTGRES, "12.19", "version must have standard or extended support (13.0 and later), got '12.19'"),
        (MYSQL, "8.4", UNKNOWN),
        (MYSQL, "5.7.44", "version must have standard or extended support (8.0 and later), got '5.7.44'"),
    ],
)
def test_versions_that_are_refused(make: Make, version: str, sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        make(version)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("make", "version", "pauses"),
    [
        (AURORA_POSTGRES, "13.14", False),
        (AURORA_POSTGRES, "15.7", True),
        (AURORA_POSTGRES, "16.2", False),
        (AURORA_POSTGRES, "16.3", True),
        (AURORA_POSTGRES, "17.4", True),
        (AURORA_MYSQL, "3.07.1", False),
        (AURORA_MYSQL, "3.08.0", True),
    ],
)
def test_it_pauses_where_the_version_can(make: Make, version: str, pauses: bool) -> None:
    if pauses:
        size = make(version, min_acu=0).size
        assert isinstance(size, Serverless)
        assert size.min_acu == 0
    else:
        with pytest.raises(InvalidArgument, match="version must have a pause at 0 ACUs"):
            make(version, min_acu=0)


@pytest.mark.parametrize(
    "make", [lambda **size: AURORA_POSTGRES("17.9", **size), lambda **x: AURORA_MYSQL("3.10.4", **x)]
)
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"min_acu": -1}, "min_acu must be 0 to 256 ACUs, got -1"),
        ({"min_acu": 0.7}, "min_acu must be a multiple of 0.5 ACUs, got 0.7"),
        ({"max_acu": 4.25}, "max_acu must be a multiple of 0.5 ACUs, got 4.25"),
        ({"max_acu": 0.5}, "max_acu must be 1 to 256 ACUs, got 0.5"),
        ({"max_acu": 256.5}, "max_acu must be 1 to 256 ACUs, got 256.5"),
        ({"min_acu": 8}, "max_acu must be at least min_acu (8), got 4"),
        ({"readers": 16}, "readers must be 0 to 15 readers, got 16"),
        ({"readers": 1.5}, "readers must be 0 to 15 readers, got 1.5"),
    ],
)
def test_sizes_that_aurora_does_not_have(make: Make, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        make(**arguments)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("make", [lambda **size: POSTGRES("17.9", **size), lambda **size: MYSQL("8.4.9", **size)])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"instance_type": "db.t4g.medium"}, "instance_type must name a class and a size, such as 't4g.medium'"),
        ({"instance_type": "t4g"}, "instance_type must name a class and a size"),
        ({"instance_type": ""}, "instance_type must name a class and a size"),
        ({"storage_gib": 19}, "storage_gib must be 20 to 65536 GiB, got 19"),
        ({"storage_gib": 20.5}, "storage_gib must be 20 to 65536 GiB, got 20.5"),
        ({"max_storage_gib": 65_537}, "max_storage_gib must be 20 to 65536 GiB, got 65537"),
        (
            {"storage_gib": 100, "max_storage_gib": 109},
            "max_storage_gib must be at least 10 % more than storage_gib (100)",
        ),
    ],
)
def test_sizes_that_an_instance_does_not_have(make: Make, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        make(**arguments)
    assert sentence in str(refused.value)


def test_the_least_growth_of_storage_is_taken() -> None:
    assert POSTGRES("17.9", storage_gib=100, max_storage_gib=110).size == Instance(
        instance_type="t4g.medium", multi_az=True, storage_gib=100, max_storage_gib=110
    )
