"""The stacks that ``cdk synth`` wrote."""

# ruff: noqa: PTH113, PTH114 - os.path takes any name, also one that is too long

from collections.abc import Iterator
from os.path import isfile, islink
from pathlib import Path, PurePath
from typing import Any, TypeGuard

from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.construct_names import ConstructNames
from constructs_lib.checks.reading.sam import expanded
from constructs_lib.checks.reading.template_text import bytes_of, parse, parse_file, text_of

_STACK, _STAGE, _NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly", "AWS::CloudFormation::Stack"
_SOMEWHERE = {"unknown-account", "unknown-region"}


def is_cloud_assembly(folder: Path) -> bool:
    """Whether CDK wrote the folder."""
    return isfile(folder / "cdk.out") and isfile(folder / "manifest.json")


def stacks_in(folder: Path, unreadable: list[CannotRead]) -> Iterator[Stack]:
    """Read the stacks of a cloud assembly, with their nested stacks and the stages within.

    Args:
        folder: the assembly's folder, such as ``cdk.out``.
        unreadable: is told what cannot be read.
    """
    try:
        manifest = parse_file(folder / "manifest.json")
    except CannotRead as error:
        unreadable.append(error)
        return
    for name, artifact in _object(manifest, "artifacts").items():
        properties = _object(artifact, "properties")
        stage, template = properties.get("directoryName"), properties.get("templateFile")
        # A link could lead in circles.
        if _is_inside(stage) and artifact.get("type") == _STAGE and not islink(folder / stage):
            yield from stacks_in(folder / stage, unreadable)
        if _is_inside(template) and artifact.get("type") == _STACK:
            yield from _Synthesized(folder, artifact, unreadable).stacks(properties.get("stackName") or name, template)


class _Synthesized:
    """One stack of an assembly, and what is nested in it."""

    def __init__(self, folder: Path, artifact: dict[str, Any], unreadable: list[CannotRead]) -> None:
        self._folder = folder
        self._account, self._region = _environment(artifact.get("environment"))
        self._names = ConstructNames(folder, artifact)
        self._read: set[str] = set()
        self._unreadable = unreadable

    def stacks(self, name: str, template: str) -> Iterator[Stack]:
        """Read a stack's template, and those of the stacks nested in it."""
        pending: list[tuple[str, str, tuple[Stack, str] | None]] = [(name, template, None)]
        done: set[str] = set()
        while pending:
            name, template, nested_in = pending.pop(0)
            stack = None if template in done else self._stack(name, template, nested_in)
            done.add(template)
            if stack is not None:
                yield stack
                for logical_id, nested in self._nested(stack):
                    pending.append((f"{name}/{logical_id}", nested, (stack, logical_id)))

    def _stack(self, name: str, template: str, nested_in: tuple[Stack, str] | None) -> Stack | None:
        file = self._folder / template
        try:
            text = text_of(bytes_of(file), str(file))
            read = parse(text, str(file), is_written_by_code=True)
        except CannotRead as error:
            self._unreadable.append(error)
            return None
        if not isinstance(read, dict):
            self._unreadable.append(CannotRead(str(file), "it is no CloudFormation template"))
            return None
        return Stack(
            name,
            self._expanded(read, str(file)),
            region=self._region,
            account=self._account,
            file=str(file),
            is_named=nested_in is None,
            paths=lambda: self._names.paths(template),
            nested_in=nested_in,
        )

    def _expanded(self, template: dict[str, Any], file: str) -> dict[str, Any]:
        try:
            return expanded(template, file, self._region)
        except CannotRead as error:
            # What is not of SAM can be judged all the same.
            self._unreadable.append(error)
            return template

    def _nested(self, stack: Stack) -> Iterator[tuple[str, str]]:
        """Give the files of nested templates, by the logical ids of the nested stacks."""
        for logical_id, body in stack.section("Resources").items():
            if isinstance(body, dict) and body.get("Type") == _NESTED:
                metadata = _object(body, "Metadata")
                is_template = metadata.get("aws:asset:property") == "TemplateURL"
                file = metadata.get("aws:asset:path") if is_template else None
                file = file or self._names.nested(stack.paths.get(logical_id, ""))
                if _is_inside(file):
                    yield logical_id, file


def _environment(environment: object) -> tuple[str, str]:
    """Give the account and the region of ``aws://account/region``; empty is what only the deployment knows."""
    parts = environment.removeprefix("aws://").split("/") if isinstance(environment, str) else []
    if len(parts) != 2:
        return "", ""
    account, region = ("" if part in _SOMEWHERE else part for part in parts)
    return account, region


def _object(holder: object, name: str) -> dict[str, Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def _is_inside(file: object) -> TypeGuard[str]:
    """Whether a name leads to a file of the assembly: whoever wrote the template does not choose what else is read."""
    return isinstance(file, str) and "\0" not in file and len(PurePath(file).parts) == 1 and file not in ("..", "/")
