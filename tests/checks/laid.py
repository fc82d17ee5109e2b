"""Laying the assets of a template beside it."""

import re
from pathlib import Path
from typing import Any

from constructs_lib.checks.model.stack import Stack
from tests.checks.judged import template

_SIZED = re.compile(r"asset\.(\d+)-MB$")


def laid(text: str | dict[str, Any], folder: Path, *, region: str = "eu-west-1") -> Stack:
    """Make a stack in a folder, with assets as large as their names say: ``asset.260-MB``."""
    body = template(text) if isinstance(text, str) else text
    for resource in body["Resources"].values():
        name = resource.get("Metadata", {}).get("aws:asset:path", "")
        sized = _SIZED.match(str(name))
        if sized:
            lay(folder / name / "content", int(sized[1]))
    return Stack("Stack", body, region=region, file=str(folder / "Stack.template.json"))


def lay(file: Path, megabytes: int) -> None:
    """Make a file that takes no room on the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        opened.truncate(megabytes * 1_048_576)
