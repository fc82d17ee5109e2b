"""Settings of ``constructs-lib check``: the table ``[tool.constructs-lib.check]`` of the nearest ``pyproject.toml``."""

import os
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from constructs_lib.arguments import InvalidArgument
from constructs_lib.checks.model.severity import WARNING, Severity
from constructs_lib.checks.report import FORMATS


@dataclass(frozen=True, slots=True)
class Settings:
    """What to check, and how; a command line says the rest.

    Attributes:
        paths: what to check if the command line names nothing; from the folder of the ``pyproject.toml``.
        select: rules or areas to judge by; none are all.
        ignore: rules or areas not to judge by.
        min_severity: ``warning``, or ``error`` to be told of errors alone.
        strict: whether warnings fail, too.
        format: how the report is written.
        region: where plain templates are deployed, which say nothing of it.
    """

    paths: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: Severity = WARNING
    strict: bool = False
    format: str = "text"
    region: str = ""


def settings(folder: Path) -> Settings:
    """Read the settings for a folder.

    Raises:
        InvalidArgument: for what there is no such setting of, or of another kind.
    """
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            found = _read(file)
            return replace(found, paths=tuple(os.path.relpath(parent / path, folder) for path in found.paths))
    return Settings()


def _read(file: Path) -> Settings:
    try:
        table: Any = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidArgument(file.name, f"be readable TOML ({error})", file.name, "constructs-lib check") from error
    for key in ("tool", "constructs-lib", "check"):
        table = table.get(key, {}) if isinstance(table, dict) else {}
    return _of(table, source=f"[tool.constructs-lib.check] in {file.name}")


def _of(table: Any, source: str) -> Settings:
    if not isinstance(table, dict):
        raise InvalidArgument("check", "be a table", table, source)
    chosen: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KINDS:
            raise InvalidArgument(key, f"be one of {', '.join(sorted(_KINDS))}", value, source)
        rule, is_right = _KINDS[key]
        if not is_right(value):
            raise InvalidArgument(key, rule, value, source)
        chosen[key.replace("-", "_")] = tuple(value) if isinstance(value, list) else value
    if "min_severity" in chosen:
        chosen["min_severity"] = Severity(chosen["min_severity"])
    return Settings(**chosen)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_NAMES = ("be a list of texts", _is_names)
_KINDS = {
    "paths": _NAMES,
    "select": _NAMES,
    "ignore": _NAMES,
    "min-severity": ("be error or warning", lambda value: value in list(Severity)),
    "strict": ("be true or false", lambda value: isinstance(value, bool)),
    "format": (f"be one of {', '.join(FORMATS)}", lambda value: value in FORMATS),
    "region": ("be a region's name", lambda value: isinstance(value, str)),
}
"""What each setting must be, and whether a value is."""
