"""The one folder of a local AWS: its log, its certificates, its data."""

import shutil
import tempfile
from pathlib import Path

from constructs_lib.local.errors import LocalAwsError

LOG = "local-aws.log"


def prepare_folder(wanted: Path | None) -> Path:
    """Make a temporary folder, or the one that is wanted, and clear away what an earlier local AWS left in it.

    Raises:
        LocalAwsError: When it cannot be made, or holds things of somebody else's.
    """
    folder = wanted or Path(tempfile.mkdtemp(prefix="constructs-lib-local-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        (folder / "tmp").mkdir(mode=0o700)
        (folder / "state").mkdir(mode=0o700)
        folder.chmod(0o711)  # PostgreSQL's own user must get through to its data, and see nothing else.
    except OSError as error:
        raise LocalAwsError(f"the local AWS cannot keep its files in {folder}: {error.strerror}") from error
    return folder


def _clear(folder: Path) -> None:
    found = list(folder.iterdir())
    if found and folder / LOG not in found:
        raise LocalAwsError(f"the local AWS needs a folder of its own: {folder} is not empty")
    for item in found:
        if item.is_dir():
            shutil.rmtree(item)
        else:
            item.unlink()
