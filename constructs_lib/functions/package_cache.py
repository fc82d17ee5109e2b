"""Where built packages are kept between synths.

The folder is the user's cache (``$XDG_CACHE_HOME/constructs-lib``, by default ``~/.cache/constructs-lib``) and not the
project's: two clones, two virtual environments and a cleaned checkout then share what was built once, and nothing lands
in a folder that a watcher, a linter or ``cdk.out`` would pick up.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_UNUSED_SECONDS = 30 * 24 * 3600


def kept(name: str, build: Callable[[Path], None]) -> Path:
    """Return the folder kept under a name, and build it first if there is none."""
    folder = _cache_folder() / name
    if folder.is_dir():
        os.utime(folder)
        return folder
    with new_folder() as new:
        build(new)
        return keep(new, name)


@contextmanager
def new_folder() -> Iterator[Path]:
    """Give an empty folder on the cache's file system; it is removed unless it is kept."""
    cache = _cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".new-", dir=cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(new: Path, name: str) -> Path:
    """Keep a new folder under a name that tells its contents.

    Renaming is atomic: synths that run at once never see half a package, and whoever comes second uses the first one's.
    """
    folder = new.parent / name
    try:
        new.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        os.utime(folder)
    else:
        _remove_unused(new.parent)
    return folder


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "constructs-lib"


def _remove_unused(cache: Path) -> None:
    """Remove what no synth has used for a month; each use renews a folder's time."""
    oldest = time.time() - _UNUSED_SECONDS
    for folder in cache.iterdir():
        with suppress(FileNotFoundError):  # what another synth has renamed or removed meanwhile
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
