"""Settings in pyproject.toml."""

from pathlib import Path

import pytest

from constructs_lib import InvalidArgument
from constructs_lib.checks.model.severity import ERROR
from constructs_lib.checks.settings import Settings, settings


def write(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)


def test_nothing_is_said(tmp_path: Path) -> None:
    write(tmp_path, "[tool.other]\nx = 1\n")
    assert settings(tmp_path) == Settings()
    assert not settings(tmp_path).strict


def test_all_is_said(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        [tool.constructs-lib.check]
        paths = ["out", "more/app.yaml"]
        select = ["RDS"]
        ignore = ["RDS-2"]
        min-severity = "error"
        strict = true
        format = "json"
        region = "eu-west-1"
        """,
    )
    assert settings(tmp_path).min_severity is ERROR
    assert settings(tmp_path) == Settings(
        ("out", "more/app.yaml"), ("RDS",), ("RDS-2",), ERROR, True, "json", "eu-west-1"
    )


def test_the_nearest_file_upward_counts(tmp_path: Path) -> None:
    write(tmp_path, "[tool.constructs-lib.check]\nregion = 'eu-west-1'\npaths = ['out']\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert settings(inner).region == "eu-west-1"
    assert settings(inner).paths == ("../../out",)
    write(inner.parent, "")
    assert settings(inner) == Settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("min_severity = 'error'", "min_severity must be one of format, ignore, min-severity"),
        ("select = 'RDS'", "select must be a list of texts, got 'RDS'"),
        ("ignore = ['RDS', 1]", "ignore must be a list of texts"),
        ("paths = 1", "paths must be a list of texts"),
        ("strict = 'yes'", "strict must be true or false, got 'yes'"),
        ("min-severity = 'fatal'", "min-severity must be error or warning, got 'fatal'"),
        ("format = 'xml'", "format must be one of text, json, sarif, markdown, github"),
        ("region = 1", "region must be a region's name"),
    ],
)
def test_what_is_no_setting_is_refused(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, f"[tool.constructs-lib.check]\n{text}\n")
    with pytest.raises(InvalidArgument, match=told) as refused:
        settings(tmp_path)
    assert "[tool.constructs-lib.check] in pyproject.toml" in str(refused.value)


@pytest.mark.parametrize("text", ["[tool", "[tool]\nconstructs-lib = 1\n", "[tool.constructs-lib]\ncheck = 1\n"])
def test_odd_files(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    if text == "[tool":
        with pytest.raises(InvalidArgument, match=r"pyproject.toml must be readable TOML"):
            settings(tmp_path)
    elif "check" in text:
        with pytest.raises(InvalidArgument, match="check must be a table"):
            settings(tmp_path)
    else:
        assert settings(tmp_path) == Settings()
