"""Assets beside templates."""

import os
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.checks.views.assets import Size, asset_of, measure, script_of
from tests.checks.laid import laid


def of_function(folder: Path, **function: Any) -> Path | None:
    """Find the asset of a function whose template lies in a folder."""
    template = {"Resources": {"Resize": {"Type": "AWS::Lambda::Function", **function}}}
    return asset_of(laid(template, folder).resources["Resize"])


@pytest.mark.parametrize(
    "function",
    [
        {"Properties": {"Code": {"ZipFile": "exports.handler = 1;"}}},
        {"Metadata": {"aws:asset:path": 1, "aws:asset:property": "Code"}},
        {"Metadata": {"aws:asset:path": "asset." + "x" * 5_000, "aws:asset:property": "Code"}},
    ],
    ids=["inline", "no-path", "long"],
)
def test_a_function_without_an_asset(tmp_path: Path, function: dict[str, Any]) -> None:
    assert of_function(tmp_path, **function) is None


def test_a_folder_weighs_what_its_files_weigh(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"12")
    (tmp_path / "deep" / "deeper" / "two").write_bytes(b"345")
    (tmp_path / "link").symlink_to("one")
    assert measure(tmp_path) == Size(5, None)


def test_an_archive_weighs_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "asset.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", b"1" * 1_000)
        archive.writestr("two", b"2" * 2_000)
    assert measure(file) == Size(3_000, file.stat().st_size)


def test_what_cannot_be_weighed(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("no archive")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    assert [measure(tmp_path / name) for name in ("no.zip", "loop", "pipe", "gone")] == [None] * 4


def test_a_damaged_archive_raises_nothing(tmp_path: Path) -> None:
    file = tmp_path / "asset.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("one", b"1" * 100)
    sound, chance = file.read_bytes(), random.Random(4)
    for _ in range(300):
        damaged = bytearray(sound[: chance.randrange(len(sound))] if chance.random() < 0.3 else sound)
        for _ in range(chance.randrange(1, 8)):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file.write_bytes(damaged)
        measure(file)


@pytest.mark.parametrize("error", [OSError, ValueError])
def test_what_cannot_be_read_raises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def refuse(_: Path) -> None:
        raise error

    (tmp_path / "asset.zip").touch()
    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    assert measure(tmp_path / "asset.zip") is None


@pytest.mark.parametrize("name", ["index.js", "index.mjs", "index.cjs"])
def test_the_script_of_one_small_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("exports.handler = 1;")
    assert script_of(tmp_path) == "exports.handler = 1;"
    (tmp_path / name).write_text("x" * 65_536)
    assert script_of(tmp_path) == "x" * 65_536


@pytest.mark.parametrize("other", ["package.json", "lib"])
def test_no_script_where_there_is_more(tmp_path: Path, other: str) -> None:
    (tmp_path / "index.js").write_text("exports.handler = 1;")
    (tmp_path / other).mkdir()
    assert script_of(tmp_path) == ""


def test_no_script_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("handler = 1")
    assert script_of(tmp_path) == ""
    assert script_of(tmp_path / "index.py") == ""
    assert script_of(tmp_path / "gone") == ""


def test_no_script_that_is_large_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "index.mjs").write_bytes(b"x" * 65_537)
    assert script_of(tmp_path) == ""
    (tmp_path / "index.mjs").write_bytes(b"\xff\xfe")
    assert script_of(tmp_path) == ""
    (tmp_path / "index.mjs").unlink()
    os.mkfifo(tmp_path / "index.mjs")
    assert script_of(tmp_path) == ""
