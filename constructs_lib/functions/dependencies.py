"""The packages that a ``requirements.txt`` names, installed for another machine by uv."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from uv import find_uv_bin

from constructs_lib.arguments import require
from constructs_lib.functions.package_cache import kept
from constructs_lib.functions.target_platform import TargetPlatform

_SOURCE = "constructs_lib.functions.python_code"

_BUILT_WITH = ("setuptools==80.9.0", "wheel==0.45.1")
"""What builds packages from source: other versions would write other metadata, and the same source be another asset."""

_INCLUDED = re.compile(r"^\s*(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)", re.MULTILINE)
_LOCAL = re.compile(r"^\s*(?:(?:-e|--editable)\b|\.{0,2}/|[^#\n:]*\.whl\b|[^#\n]*@\s*file:).*", re.MULTILINE)

_WRITTEN_BY_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}


class PackagingError(RuntimeError):
    """The packages that a function needs could not be installed for its platform; the message gives uv's reason."""


def installed(requirements: Path, platform: TargetPlatform, build_from_source: Sequence[str] = ()) -> Path:
    """Return a folder with the packages of a requirements file, for a platform, as they are the same on every machine.

    Raises:
        InvalidArgument: the file names something on this machine instead of a published package; or what is built from
            source is not Python alone.
        PackagingError: uv could not install it: no such package, no wheel for the platform, no network.
    """
    texts = [file.read_text("utf-8") for file in _with_included(requirements)]
    for text in texts:
        local = _LOCAL.search(text)
        require(
            not local,
            str(requirements),
            "name published packages only",
            local and local.group().strip(),
            _SOURCE,
        )
    built = {_normalized(name): _BUILT_WITH for name in build_from_source}
    key = json.dumps([version("uv"), platform.python, platform.machine, *([built] if built else []), *texts])

    def install(folder: Path) -> None:
        _install(requirements, platform, folder, [*built])
        _check_built(folder, [*built])
        _strip(folder)

    return kept(f"dependencies-{hashlib.sha256(key.encode()).hexdigest()}", install)


def _with_included(requirements: Path) -> list[Path]:
    """List a requirements file and those that it includes; uv itself tells of one that does not exist."""
    files = [requirements]
    for file in files:
        included = (file.parent / name for name in _INCLUDED.findall(file.read_text("utf-8")))
        files += [each for each in included if each.is_file() and each not in files]
    return files


def _install(requirements: Path, platform: TargetPlatform, folder: Path, built: Sequence[str]) -> None:
    # Linked files would share their modes with uv's own cache, so they are copied.
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-progress", "--color", "never", "--link-mode", "copy"]
    command += ["--python", sys.executable, "--only-binary", ":all:", *platform.uv_arguments]
    command += ["--target", str(folder), "--requirement", str(requirements)]
    if built:
        command += ["--build-constraints", "-", *(f"--no-binary={name}" for name in built)]
    uv = subprocess.run(command, capture_output=True, text=True, check=False, input="\n".join(_BUILT_WITH))
    if uv.returncode:
        target = f"Python {platform.python} on {platform.machine}"
        raise PackagingError(f"cannot install {requirements} for {target}: {' '.join(uv.stderr.split())}")


def _check_built(folder: Path, names: Sequence[str]) -> None:
    """Raise `InvalidArgument` unless each package that was built here runs on any machine, and is there at all."""
    wheels = {_normalized(file.parent.name.partition("-")[0]): file for file in folder.glob("*.dist-info/WHEEL")}
    for name in names:
        require(name in wheels, "build_from_source", "name packages that are installed", name, _SOURCE)
        is_pure = "Root-Is-Purelib: true" in wheels[name].read_text("utf-8")
        require(is_pure, "build_from_source", "name packages of Python alone: others need a wheel", name, _SOURCE)


def _normalized(name: str) -> str:
    """Write a package's name as the registry does: it is the same with capitals, dots and underscores."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _strip(folder: Path) -> None:
    """Remove what an installation writes about this machine and this moment, or what Lambda has no use for."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif _is_of_this_machine(path, folder):
            path.unlink()


def _is_of_this_machine(path: Path, folder: Path) -> bool:
    if path.parent == folder / "bin":  # scripts that begin with the path of this machine's Python
        return path.read_bytes().startswith(b"#!")
    if path.parent.suffix == ".dist-info":
        return path.name in _WRITTEN_BY_INSTALLER
    return path.suffix == ".pyc" or path == folder / ".lock"
