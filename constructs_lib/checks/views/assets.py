"""The code of functions and layers, where it lies beside the templates, and how large it is."""

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from constructs_lib.checks.model.resource import Resource

_ASSET = re.compile(r"(?:^|[/\\])(asset\.[\w.-]+)$")
_HASH = re.compile(r"(?:^|/)([0-9a-f]{32,64})\.zip$")
_SMALL = 65_536
"""No larger script is read, in bytes."""
_MOST_FILES = 100_000
"""No more are counted; what they weigh together is a lower bound then."""


class Size(NamedTuple):
    """What an asset weighs at least, in bytes."""

    unzipped: int
    zipped: int | None
    """None for a folder: it is zipped when it is deployed."""


def asset_of(resource: Resource) -> Path | None:
    """Give the file or folder that CDK laid beside the template for a function's code or a layer's.

    CDK names it in the resource's metadata if its command line synthesizes, and in the key in S3.
    """
    if not resource.stack.file:
        return None
    folder = Path(resource.stack.file).parent
    # The assets of a stage's stacks lie a folder higher.
    places = (parent / name for name in _names(resource) for parent in (folder, folder.parent))
    return next((place for place in places if _exists(place)), None)


def _names(resource: Resource) -> Iterator[str]:
    """Give the names that the asset may have: without a folder, so that no template leads out of the assembly."""
    content = "Content" if resource.type == "AWS::Lambda::LayerVersion" else "Code"
    metadata = resource.beside.at("Metadata")
    if metadata.at("aws:asset:property").text == content:
        yield from _ASSET.findall(metadata.at("aws:asset:path").text or "")
    for digest in _HASH.findall(resource.at(content, "S3Key").text or ""):
        yield from (f"asset.{digest}", f"asset.{digest}.zip")


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # such as for a name that is too long
        return False


def measure(asset: Path) -> Size | None:
    """Weigh an asset; None if it cannot be read, or is no archive."""
    try:
        if asset.is_dir():
            return Size(sum(islice(_weights(asset), _MOST_FILES)), None)
        if not asset.is_file():
            return None
        with zipfile.ZipFile(asset) as archive:
            return Size(sum(entry.file_size for entry in archive.infolist()), asset.stat().st_size)
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile):
        return None


def _weights(folder: Path) -> Iterator[int]:
    """Weigh each file; what a link leads to may lie elsewhere, and be counted twice."""
    for parent, _, names in os.walk(folder):
        for name in names:
            status = Path(parent, name).lstat()
            if stat.S_ISREG(status.st_mode):
                yield status.st_size


def script_of(asset: Path) -> str:
    """Give the JavaScript of an asset that is one small file; empty if there is more to it."""
    try:
        files = list(islice(asset.iterdir(), 2))
        if len(files) != 1 or files[0].suffix not in (".js", ".mjs", ".cjs") or not files[0].is_file():
            return ""
        return files[0].read_text("utf-8") if files[0].stat().st_size <= _SMALL else ""
    except (OSError, ValueError):
        return ""
