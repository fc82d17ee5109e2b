"""Packaging of Python code for Lambda, without Docker."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from constructs_lib.arguments import InvalidArgument, require, require_within
from constructs_lib.functions.dependencies import installed
from constructs_lib.functions.modules import Ignore, add_modules
from constructs_lib.functions.package_cache import keep, new_folder
from constructs_lib.functions.target_platform import TargetPlatform
from constructs_lib.quotas import LAMBDA_PACKAGE_UNZIPPED

_SOURCE = "constructs_lib.functions.python_code"

NEVER_PACKAGED = (".*", "__pycache__", "*.pyc", "*.egg-info")
"""Names that no package contains: compiled files, and hidden ones such as ``.venv``, ``.env`` and ``.pytest_cache``."""


def python_code(
    source: str | Path,
    *,
    runtime: lambda_.Runtime | None = None,
    architecture: lambda_.Architecture | None = None,
    exclude: Sequence[str] = (),
    modules: Sequence[str] = (),
    build_from_source: Sequence[str] = (),
) -> lambda_.Code:
    """Package a folder, with the packages of its ``requirements.txt`` if it has one, for Lambda's platform; no Docker.

    The packages are installed by uv from wheels built for the target, on any host in about a second, and kept in the
    user's cache (``$XDG_CACHE_HOME/constructs-lib``). The same contents give the same asset hash on every machine,
    whatever the checkout's path, the user or the umask: the hash covers file names and contents, all files get mode
    755, and what an installation writes about its machine is removed. Pin every version, those of indirect dependencies
    too (``uv pip compile``): what is not pinned is resolved on the day it is first built.

    With ``CONSTRUCTS_LIB_PACKAGE_FOR=host`` in the environment, packages are built for this machine and this Python
    instead; the local AWS sets it.

    Args:
        source: the folder; a relative one is looked up from the current folder, where ``cdk synth`` runs. Links are
            followed.
        runtime: a Python runtime; by default Python 3.14.
        architecture: by default arm64.
        exclude: further names to leave out, such as ``tests`` or ``*.md``, in every folder of the source. Those of
            `NEVER_PACKAGED` are left out already.
        modules: further modules and packages that can be imported where the app runs, by their full names, such as
            ``constructs_lib.relational.client`` or one that your functions share. The function imports them by the same
            names. A package comes with all its files, but for the names left out above; a module in a package comes
            with the ``__init__.py`` of each package around it, and what *those* import must be there too.
        build_from_source: packages, direct or indirect, that are published as source only, such as
            ``amazon-dax-client``. Each runs its own build on this machine, so name those that you trust; the version of
            setuptools is fixed, so that the build is the same everywhere. Only what is Python alone can be built so.

    Raises:
        InvalidArgument: the source is no folder, is empty, has a broken link, names local packages, or is larger than
            250 MB unzipped with all that comes with it (Lambda quotas); a module is unknown, part of Python itself or
            compiled, or one of its files is in the source too; a package to build is not required, or is not Python
            alone.
        PackagingError: a package cannot be installed for the platform; the message gives uv's reason.
    """
    folder = source_folder(source)
    platform = TargetPlatform.of(runtime or lambda_.Runtime.PYTHON_3_14, architecture or lambda_.Architecture.ARM_64)
    requirements = folder / "requirements.txt"
    require(not isinstance(build_from_source, str), "build_from_source", "be several names", build_from_source, _SOURCE)
    has_requirements = requirements.is_file()
    rule = "come with a requirements.txt"
    require(has_requirements or not build_from_source, "build_from_source", rule, build_from_source, _SOURCE)
    dependencies = installed(requirements, platform, build_from_source) if has_requirements else None

    ignore = shutil.ignore_patterns(*NEVER_PACKAGED, *exclude)
    with new_folder() as package:
        _copy(folder, package, ignore)
        add_modules(modules, package, ignore)
        if dependencies:
            _link(dependencies, package)
        files = [path for path in package.rglob("*") if path.is_file()]
        _check_size(folder, files)
        for file in files:
            # One mode for all: those of a checkout follow its umask, and Lambda refuses what its user may not read.
            file.chmod(0o755)
        digest = _digest(package, files)
        return lambda_.Code.from_asset(str(keep(package, f"package-{digest}")), asset_hash=digest)


def source_folder(source: str | Path) -> Path:
    """Return the absolute path of a source folder.

    Raises:
        InvalidArgument: it is not a folder.
    """
    folder = Path(source).resolve()
    require(folder.is_dir(), "source", "be a folder", str(folder), _SOURCE)
    return folder


def _copy(folder: Path, package: Path, ignore: Ignore) -> None:
    try:
        shutil.copytree(folder, package, ignore=ignore, copy_function=shutil.copyfile, dirs_exist_ok=True)
    except shutil.Error as error:
        file, _, reason = error.args[0][0]
        raise InvalidArgument("source", "hold files that can be read", f"{file}: {reason}", _SOURCE) from None


def _link(dependencies: Path, package: Path) -> None:
    """Add the dependencies, as links since they are many; what is there already wins, as it would on Python's path."""
    for path in dependencies.rglob("*"):
        target = package / path.relative_to(dependencies)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif not target.exists():
            os.link(path, target)


def _check_size(folder: Path, files: Sequence[Path]) -> None:
    require(files, "source", "hold at least one file", str(folder), _SOURCE)
    size = sum(file.stat().st_size for file in files)
    require_within(f"the unzipped package of {folder}", size, LAMBDA_PACKAGE_UNZIPPED)


def _digest(package: Path, files: Sequence[Path]) -> str:
    """Hash names and contents; the CDK's own fingerprint would take a file with other line ends for the same."""
    digest = hashlib.sha256()
    for name, file in sorted((file.relative_to(package).as_posix(), file) for file in files):
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
