"""How ``make test`` hands tests out to its workers."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_FOLDERS = ("tests/e2e", "tests/local")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out a file at a time, but those that share a deployment together: each worker would make it again."""
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = _file_or_deployment
    return scheduler


def _file_or_deployment(test: str) -> str:
    file = PurePosixPath(test.partition("::")[0])
    folder = str(file.parent)
    return folder if folder in _FOLDERS or file.stem.endswith("_on_local_aws") else str(file)
