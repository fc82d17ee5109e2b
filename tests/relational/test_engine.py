"""DatabaseEngine: plain data, and no size or version that Aurora does not have."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from constructs_lib import DatabaseEngine, InvalidArgument


def test_it_is_plain_frozen_data() -> None:
    engine = DatabaseEngine.aurora_postgres("16.6", min_acu=0, max_acu=256, readers=15)
    assert engine == DatabaseEngine(
        name="aurora-postgresql", version="16.6", port=5432, min_acu=0, max_acu=256, readers=15
    )
    with pytest.raises(FrozenInstanceError):
        engine.readers = 0  # type: ignore[misc]


def test_it_is_small_by_default() -> None:
    engine = DatabaseEngine.aurora_postgres("16.6")
    assert (engine.min_acu, engine.max_acu, engine.readers) == (0.5, 4, 0)


@pytest.mark.parametrize("version", ["13.11", "14.8", "15.3", "16.1", "17.4", "18.3"])
def test_versions_with_the_data_api(version: str) -> None:
    assert DatabaseEngine.aurora_postgres(version).version == version


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"version": "16.999"}, "version must be a version of Aurora PostgreSQL that aws-cdk-lib knows, got '16.999'"),
        ({"version": "16"}, "version must be a version of Aurora PostgreSQL that aws-cdk-lib knows, got '16'"),
        ({"version": "16.6-limitless"}, "version must be a version of Aurora PostgreSQL"),
        ({"version": "13.10"}, "version must have the Data API"),
        ({"version": "16.0"}, "version must have the Data API"),
        ({"version": "12.22"}, "version must have the Data API"),
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
def test_what_aurora_does_not_have_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        DatabaseEngine.aurora_postgres(**{"version": "16.6", **arguments})
    assert sentence in str(refused.value)
