"""Folders with handlers, and a cache for packages."""

import os
from pathlib import Path

import pytest

from tests.functions.packages import HANDLER


@pytest.fixture(scope="session")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    (folder / "index.py").write_text("def handler(event, context): ...\n")
    (folder / "api").mkdir()
    (folder / "api" / "submit.py").write_text("def handler(event, context): ...\n")
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("def handler(event, context): ...\n")
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # uv's own cache stays where it is, so that nothing is downloaded twice.
    monkeypatch.setenv("UV_CACHE_DIR", os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "constructs-lib"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "index.py").write_text(HANDLER)
    return folder
