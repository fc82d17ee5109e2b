"""Finds the CDK CLI, and says in one sentence when there is none or it is the wrong one for the installed library."""

import json
import re
import shutil
import tarfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from constructs_lib.local.errors import CdkCliError as CdkCliError


@dataclass(frozen=True, slots=True)
class CdkCli:
    """An installed CDK CLI."""

    path: Path
    """Its program, to be run by Node."""
    version: str

    @property
    def command(self) -> list[str]:
        """What runs it."""
        return ["node", str(self.path)]


def find_cdk_cli(start: Path | None = None) -> CdkCli:
    """Find the CLI, and raise `CdkCliError` if there is none or it is the wrong one for the library."""
    cli, minimum = installed_cdk_cli(start), required_version()
    if cli is None:
        raise CdkCliError(f"there is no CDK CLI here; install it with: npm install --save-dev aws-cdk@{minimum}")
    check_cdk_cli(cli, minimum)
    return cli


def installed_cdk_cli(start: Path | None = None) -> CdkCli | None:
    """Look where npx does: in node_modules of ``start`` (default: here) and of the folders above it, then on PATH."""
    here = (start or Path.cwd()).resolve()
    candidates = [folder / "node_modules" / ".bin" / "cdk" for folder in (here, *here.parents)]
    on_path = shutil.which("cdk")
    candidates += [Path(on_path)] if on_path else []
    program = next((candidate.resolve() for candidate in candidates if candidate.exists()), None)
    return CdkCli(program, _version_of(program)) if program else None


def check_cdk_cli(cli: CdkCli, minimum: str) -> None:
    """Raise `CdkCliError` unless the CLI reads what the library writes.

    The library names the oldest CLI that knows its schema. A newer CLI of the same major version reads it too. Version
    3.0.0 does not: it was published by accident, and knows a schema of long ago.
    """
    if _numbers(cli.version)[0] != _numbers(minimum)[0]:
        raise CdkCliError(
            f"the CDK CLI {cli.version} ({cli.path}) is not the line that the installed aws-cdk-lib is made for; "
            f"install the right one with: npm install --save-dev aws-cdk@{minimum}"
        )
    if _numbers(cli.version) < _numbers(minimum):
        raise CdkCliError(
            f"the CDK CLI {cli.version} ({cli.path}) is too old for the installed aws-cdk-lib, which needs {minimum} "
            f"or later; update it with: npm install --save-dev aws-cdk@{minimum}"
        )


def required_version() -> str:
    """Give the oldest CLI that reads what the installed aws-cdk-lib writes: the library ships that fact itself."""
    # Read as a file of its distribution: as a resource of its package it would import aws_cdk, and start Node.
    contents = distribution("aws-cdk-cloud-assembly-schema").files or ()
    package = next(file for file in contents if file.name.endswith(".jsii.tgz"))
    with tarfile.open(package.locate()) as archive:
        member = archive.extractfile("package/cli-version.json")
        return str(json.load(member)["version"]) if member else ""


def _version_of(program: Path) -> str:
    """Read the version from the package that the program belongs to, without starting Node."""
    manifests = (parent / "package.json" for parent in program.parents)
    nearest: dict[str, str] = next(
        (json.loads(manifest.read_text()) for manifest in manifests if manifest.exists()), {}
    )
    if nearest.get("name") != "aws-cdk":
        raise CdkCliError(f"{program} is not the CDK CLI: it does not belong to the npm package aws-cdk")
    return str(nearest["version"])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.split("-")[0]))
