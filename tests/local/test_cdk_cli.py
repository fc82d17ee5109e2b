"""The right CDK CLI is found, and a wrong one is told in one sentence."""

import json
from pathlib import Path

import pytest

from constructs_lib.local.cdk_cli import CdkCliError, find_cdk_cli, required_version


def install(folder: Path, version: str) -> Path:
    """Put a CLI where npm does."""
    package = folder / "node_modules" / "aws-cdk"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "cdk").touch()
    (package / "package.json").write_text(json.dumps({"name": "aws-cdk", "version": version}))
    links = folder / "node_modules" / ".bin"
    links.mkdir()
    (links / "cdk").symlink_to("../aws-cdk/bin/cdk")
    return package / "bin" / "cdk"


@pytest.fixture(autouse=True)
def no_cli_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_pinned_cli_is_right_for_the_library() -> None:
    assert find_cdk_cli(Path(__file__)).version == "2.1148.1"


@pytest.mark.parametrize("version", [required_version(), "2.9999.0"])
def test_finds_it_above(tmp_path: Path, version: str) -> None:
    program = install(tmp_path, version)
    below = tmp_path / "app" / "stacks"
    below.mkdir(parents=True)
    found = find_cdk_cli(below)
    assert (found.version, found.path) == (version, program)


def test_finds_it_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = install(tmp_path / "global", required_version())
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path / "global" / "node_modules" / ".bin"))
    assert find_cdk_cli(tmp_path).path == program


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(CdkCliError) as error:
        find_cdk_cli(tmp_path)
    assert str(error.value) == (
        f"there is no CDK CLI here; install it with: npm install --save-dev aws-cdk@{required_version()}"
    )


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        ("3.0.0", "is not the line that the installed aws-cdk-lib is made for"),
        ("1.204.0", "is not the line that the installed aws-cdk-lib is made for"),
        ("2.1000.0", "is too old for the installed aws-cdk-lib"),
    ],
)
def test_wrong_one(tmp_path: Path, version: str, fault: str) -> None:
    install(tmp_path, version)
    with pytest.raises(CdkCliError) as error:
        find_cdk_cli(tmp_path)
    sentence = str(error.value)
    assert f"the CDK CLI {version} " in sentence
    assert fault in sentence
    assert f"npm install --save-dev aws-cdk@{required_version()}" in sentence


def test_another_program_of_that_name(tmp_path: Path) -> None:
    install(tmp_path, required_version())
    (tmp_path / "node_modules" / "aws-cdk" / "package.json").write_text('{"name": "cdk-of-somebody-else"}')
    with pytest.raises(CdkCliError, match="does not belong to the npm package aws-cdk"):
        find_cdk_cli(tmp_path)
