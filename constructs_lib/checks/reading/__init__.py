"""Reading what is to be judged: cloud assemblies, folders and files of templates."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.cloud_assembly import is_cloud_assembly, stacks_in
from constructs_lib.checks.reading.template_files import SUFFIXES, TemplateFiles

__all__ = ["CannotRead", "read"]

_PASSED_OVER = {"node_modules", "site-packages", "__pycache__"}


def read(
    paths: Iterable[str | Path],
    *,
    region: str = "",
    account: str = "",
    watch: Callable[[list[Path]], Iterable[Path]] = iter,
) -> Assembly:
    """Read templates as one assembly.

    What cannot be read is told by ``Assembly.unreadable``; the rest can be judged.

    Args:
        paths: cloud assemblies (``cdk.out``), folders, and files of templates in JSON or YAML. In a folder, files that
            are no templates are passed over, and so are hidden folders, ``node_modules`` and CDK's assets.
        region: where templates are deployed that no cloud assembly holds; empty if it is not known.
        account: the account that they are deployed to, likewise.
        watch: is given what is to be read, and gives it back one by one: for whoever waits.
    """
    unreadable: list[CannotRead] = []
    files = TemplateFiles(unreadable, region=region, account=account)
    assemblies: dict[str, Path] = {}
    named = [Path(path) for path in paths]
    folders = [path for path in named if os.path.isdir(path)]  # noqa: PTH112 - unlike Path.is_dir, it takes any name
    for path in watch([path for path in named if path not in folders]):
        files.add(path)
    for found in watch([each for folder in folders for each in _found_in(folder, unreadable)]):
        if found.is_dir():
            assemblies.setdefault(os.path.realpath(found), found)
        else:
            files.find(found)
    synthesized = [stack for folder in assemblies.values() for stack in stacks_in(folder, unreadable)]
    return Assembly([*synthesized, *files.stacks()], unreadable)


def _found_in(root: Path, unreadable: list[CannotRead]) -> Iterator[Path]:
    """Give the cloud assemblies in a folder, and the files that may be templates.

    Links to folders are not followed: they may lead in circles.
    """

    def tell(error: OSError) -> None:
        unreadable.append(CannotRead(str(error.filename), (error.strerror or "").lower()))

    for folder, folders, names in os.walk(root, onerror=tell):
        if is_cloud_assembly(Path(folder)):
            yield Path(folder)
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not _is_passed_over(name))
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in SUFFIXES)


def _is_passed_over(folder: str) -> bool:
    return folder in _PASSED_OVER or folder.startswith((".", "asset."))
