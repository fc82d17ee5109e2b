"""Packages for the tests, and how to look into them."""

from pathlib import Path
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from constructs_lib import python_code

HANDLER = "def handler(event, context):\n    return 'ok'\n"
# Compiled, with wheels for arm64, x86_64 and this machine.
REQUIREMENTS = "markupsafe==3.0.3\n"


def package(source: Path, **options: Any) -> tuple[Path, str]:
    """Package a folder and return what was staged, and under which hash."""
    code = python_code(source, **options)
    assert isinstance(code, lambda_.AssetCode)
    folder = Path(code.path)
    return folder, folder.name.removeprefix("package-")


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def key_of(code: lambda_.AssetCode) -> str:
    stack = Stack(App(), "Bound")
    bound = code.bind(stack)
    assert bound.s3_location
    return Path(bound.s3_location.object_key).stem
