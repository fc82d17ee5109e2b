"""The packages that a ``requirements.txt`` names, installed for another machine by uv."""

import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from uv import find_uv_bin

from constructs_lib.arguments import require
from constructs_lib.functions.package_cache import kept
from constructs_lib.functions.target_platform import TargetPlatform

_INCLUDED = re.compile(r"^\s*(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)", re.MULTILINE)
_LOCAL = re.compile(r"^\s*(?:(?:-e|--editable)\b|\.{0,2}/|[^#\n:]*\.whl\b|[^#\n]*@\s*file:).*", re.MULTILINE)

_WRITTEN_BY_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}


class PackagingError(RuntimeError):
    """The packages that a function needs could not be installed for its platform; the message gives uv's reason."""


def installed(requirements: Path, platform: TargetPlatform) -> Path:
    """Return a folder with the packages of a requirements file, for a platform, as they are the same on every machine.

    Raises:
        InvalidArgument: the file names something on this machine instead of a published package.
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
            "constructs_lib.functions.python_code",
        )
    key = json.dumps([version("uv"), platform.python, platform.machine, *texts])

    def install(folder: Path) -> None:
        _install(requirements, platform, folder)
        _strip(folder)

    return kept(f"dependencies-{hashlib.sha256(key.encode()).hexdigest()}", install)


def _with_included(requirements: Path) -> list[Path]:
    """List a requirements file and those that it includes; uv itself tells of one that does not exist."""
    files = [requirements]
    for file in files:
        included = (file.parent / name for name in _INCLUDED.findall(file.read_text("utf-8")))
        files += [each for each in included if each.is_file() and each not in files]
    return files


def _install(requirements: Path, platform: TargetPlatform, folder: Path) -> None:
    # Linked files would share their modes with uv's own cache, so they are copied.
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-progress", "--color", "never", "--link-mode", "copy"]
    command += ["--python", sys.executable, "--only-binary", ":all:", *platform.uv_arguments]
    command += ["--target", str(folder), "--requirement", str(requirements)]
    uv = subprocess.run(command, capture_output=True, text=True, check=False)
    if uv.returncode:
        target = f"Python {platform.python} on {platform.machine}"
        raise PackagingError(f"cannot install {requirements} for {target}: {' '.join(uv.stderr.split())}")


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
