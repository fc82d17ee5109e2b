"""Stacks from files that hold templates."""

# ruff: noqa: PTH113, PTH202 - os.path takes any name, also one that is too long

from collections.abc import Iterator
from os.path import getsize, isfile, realpath
from pathlib import Path
from typing import Any

from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.limits import LARGEST_FILE
from constructs_lib.checks.reading.sam import expanded
from constructs_lib.checks.reading.template_text import bytes_of, parse, parse_file, text_of

SUFFIXES = {".json", ".yaml", ".yml", ".template"}
"""How files of templates are called."""

_NESTED = "AWS::CloudFormation::Stack"


class TemplateFiles:
    """Files of templates, each read once, however often it is named.

    Args:
        unreadable: is told what cannot be read.
        region: where they are deployed.
        account: the account that they are deployed to.
    """

    def __init__(self, unreadable: list[CannotRead], *, region: str, account: str) -> None:
        self._unreadable = unreadable
        self._region, self._account = region, account
        self._templates: dict[str, tuple[Path, dict[str, Any]]] = {}

    def add(self, file: Path) -> None:
        """Read a file that is a template."""
        try:
            read = parse_file(file)
        except CannotRead as error:
            self._unreadable.append(error)
            return
        if _is_template(read):
            self._templates.setdefault(realpath(file), (file, read))
        else:
            reason = "it is no CloudFormation template: no resource in it has a type"
            self._unreadable.append(CannotRead(str(file), reason))

    def find(self, file: Path) -> None:
        """Read a file that may be a template; one that does not look like it is passed over."""
        try:
            if not isfile(file) or getsize(file) > LARGEST_FILE:
                return
            data = bytes_of(file)
            # Most files of a folder need not be read further.
            if b"Resources" in data and b"AWS::" in data:
                read = parse(text_of(data, str(file)), str(file))
                if _is_template(read):
                    self._templates.setdefault(realpath(file), (file, read))
        except CannotRead as error:
            self._unreadable.append(error)

    def stacks(self) -> Iterator[Stack]:
        """Make stacks of the templates: a template that is nested in another one is a part of that one."""
        nested = {child for file, template in self._templates.values() for _, child in _nested_in(file, template)}
        # Those that nobody nests come first; a circle of templates then begins anywhere.
        first = sorted(self._templates, key=lambda key: key in nested)
        pending: list[tuple[str, tuple[Stack, str] | None]] = [(key, None) for key in reversed(first)]
        made: set[str] = set()
        asked = set(self._templates)
        while pending:
            key, nested_in = pending.pop()
            if key not in made and key in self._templates:
                made.add(key)
                stack = self._stack(*self._templates[key], nested_in)
                yield stack
                for logical_id, child in _nested_in(Path(stack.file), stack.template):
                    if child not in asked:
                        asked.add(child)
                        self.add(Path(child))
                    pending.append((child, (stack, logical_id)))

    def _stack(self, file: Path, template: dict[str, Any], nested_in: tuple[Stack, str] | None) -> Stack:
        return Stack(
            f"{nested_in[0].name}/{nested_in[1]}" if nested_in else file.name.partition(".")[0],
            self._expanded(file, template),
            region=self._region,
            account=self._account,
            file=str(file),
            is_named=False,
            nested_in=nested_in,
        )

    def _expanded(self, file: Path, template: dict[str, Any]) -> dict[str, Any]:
        try:
            return expanded(template, str(file), self._region)
        except CannotRead as error:
            # What is not of SAM can be judged all the same.
            self._unreadable.append(error)
            return template


def _is_template(read: Any) -> bool:
    resources = read.get("Resources") if isinstance(read, dict) else None
    return isinstance(resources, dict) and any(
        isinstance(each, dict) and isinstance(each.get("Type"), str) for each in resources.values()
    )


def _nested_in(file: Path, template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the local templates of which nested stacks are made, by the logical ids of those."""
    for logical_id, body in template["Resources"].items():
        properties = body.get("Properties") if isinstance(body, dict) and body.get("Type") == _NESTED else None
        address = properties.get("TemplateURL") if isinstance(properties, dict) else None
        if isinstance(address, str) and "://" not in address:
            nested = file.parent / address
            if not Path(address).is_absolute() and nested.suffix in SUFFIXES and isfile(nested):
                yield logical_id, realpath(nested)
