"""Which construct made which resource, where templates do not tell because the app switched path metadata off."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.template_text import parse_file

_OWN = ".NestedStack/"
"""Stands in the path of the resource that makes a nested stack; what is in the nested stack has paths without it."""


class ConstructNames:
    """What CDK wrote of the constructs of one stack, beside the templates.

    Args:
        folder: the assembly's folder.
        artifact: what the assembly's manifest says of the stack.
    """

    def __init__(self, folder: Path, artifact: Mapping[str, Any]) -> None:
        self._folder = folder
        self._artifact = artifact

    def paths(self, template: str) -> dict[str, str]:
        """Give the paths of a template's constructs by logical id."""
        return self._paths.get(template, {})

    def nested(self, path: str) -> str | None:
        """Give the template of the nested stack that the resource of a construct makes."""
        return self._templates.get(path.partition(_OWN)[0]) if _OWN in path else None

    @cached_property
    def _paths(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for path, logical_id in self._told("aws:cdk:logicalId").items():
            above = path
            while above and above not in self._templates:
                above = above.rpartition("/")[0]
            if above:
                found[self._templates[above]][logical_id] = path
        return found

    @cached_property
    def _templates(self) -> dict[str, str]:
        return self._told("aws:cdk:templateFile")

    def _told(self, type: str) -> dict[str, str]:
        """Give a text that constructs were told, by path."""
        return {
            path.strip("/"): entry["data"]
            for path, entries in self._metadata.items()
            if isinstance(entries, list)
            for entry in entries
            if isinstance(entry, dict) and entry.get("type") == type and isinstance(entry.get("data"), str)
        }

    @cached_property
    def _metadata(self) -> dict[str, Any]:
        beside = self._artifact.get("additionalMetadataFile")
        found = self._artifact.get("metadata")
        if isinstance(beside, str):
            try:
                found = parse_file(self._folder / beside)
            except CannotRead:  # a report without paths is better than none
                found = None
        return found if isinstance(found, dict) else {}
