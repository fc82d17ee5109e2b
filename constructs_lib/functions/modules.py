"""Python modules of this environment that are packaged with a function, under their own names."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from constructs_lib.arguments import InvalidArgument, require, require_kind

_SOURCE = "constructs_lib.functions.python_code"

Ignore = Callable[[str, list[str]], set[str]]
"""As `shutil.ignore_patterns` makes it: of a folder's names, those to leave out."""


def add_modules(names: Sequence[str], package: Path, ignore: Ignore) -> None:
    """Copy modules into a package, so that they are imported there as they are here.

    Raises:
        InvalidArgument: a name is of no module, or of one that is not Python source; or a file of it is in the package
            already.
    """
    require(not isinstance(names, str), "modules", "be several names, not a string", names, _SOURCE)
    for name in names:
        require_kind("modules", name, str, _SOURCE)
    files = {target: file for name in names for target, file in _files(name, ignore)}
    for target, file in files.items():
        copy = package / target
        require(not copy.exists(), "modules", f"not bring what the source has too: {target}", list(names), _SOURCE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _files(name: str, ignore: Ignore) -> Iterator[tuple[Path, Path]]:
    """Give each file of a module with its place in the package, and those that make packages of its parents."""
    spec = _spec(name)
    place = Path(*name.split("."))
    if spec.submodule_search_locations is None:
        yield place.with_suffix(".py"), _source_file(name, spec)
    for folder in spec.submodule_search_locations or ():
        for file in _below(Path(folder), ignore):
            require(_is_portable(file), "modules", "be Python source", f"{name}: {file.name}", _SOURCE)
            yield place / file.relative_to(folder), file
    for parent in place.parents[:-1]:
        parent_name = ".".join(parent.parts)
        if _spec(parent_name).has_location:  # a namespace package has no file
            yield parent / "__init__.py", _source_file(parent_name, _spec(parent_name))


def _spec(name: str) -> ModuleSpec:
    """Find a module without running it; the packages that it is in are imported."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise InvalidArgument("modules", "name modules that can be imported where the app runs", name, _SOURCE)
    in_lambda = name.partition(".")[0] in sys.stdlib_module_names
    require(not in_lambda, "modules", "not name what Lambda's Python has itself", name, _SOURCE)
    return spec


def _source_file(name: str, spec: ModuleSpec) -> Path:
    file = Path(spec.origin or "")
    require(file.suffix == ".py" and file.is_file(), "modules", "be Python source", f"{name}: {file.name}", _SOURCE)
    return file


def _below(folder: Path, ignore: Ignore) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, followlinks=True):
        left_out = ignore(place, folders + files)
        folders[:] = [name for name in folders if name not in left_out]
        yield from (Path(place, name) for name in files if name not in left_out)


def _is_portable(file: Path) -> bool:
    """Tell whether a file can be read, and was not built for this machine alone."""
    return file.is_file() and not file.name.endswith((".so", ".pyd", ".dylib"))
