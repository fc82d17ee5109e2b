"""A peer of the checks, checkov, installed beside the environment: it pins many packages to versions of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from uv import find_uv_bin

REQUIREMENTS = Path(__file__).with_suffix(".txt")


@contextmanager
def checkov() -> Iterator[Path]:
    """Install the command where nothing else is; it is gone at the end."""
    with TemporaryDirectory(prefix="checkov-") as folder:
        uv, python = find_uv_bin(), Path(folder, "bin", "python")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
        subprocess.run([*install, "-r", str(REQUIREMENTS)], check=True)
        yield python.with_name("checkov")
