"""Findings that people have accepted, as an app's cloud assembly and its templates tell."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs_lib.checks.finding import Finding
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.resource import Resource

PLUGIN = "PatternChecks"
"""What the checks are called where they are acknowledged: ``PatternChecks::RDS-6``."""

_TYPE, _PREFIX = "aws:cdk:acknowledged-rules", f"{PLUGIN}::"


class Acknowledgments:
    """Why findings stand as they are.

    What ``acknowledge`` said in an app covers a construct and all that is in it; CDK writes it into the cloud assembly.
    In a template that nobody synthesized, a resource's metadata says it::

        Metadata:
          constructs-lib:
            acknowledge:
              - {id: RDS-6, reason: the proxy is reached through the peered network}
    """

    def __init__(self, assembly: Assembly) -> None:
        self._stacks = {(stack.file, stack.name): stack for stack in assembly.stacks}
        self._by_folder: dict[Path, dict[str, dict[str, str]]] = {}

    def reason(self, finding: Finding) -> str | None:
        """Give the reason for which a finding was accepted; None if it was not, and an empty text if nobody says it."""
        reason = self._in_app(finding)
        return self.in_template(finding) if reason is None else reason

    def _in_app(self, finding: Finding) -> str | None:
        if not finding.file or not finding.construct_path:
            return None
        folder = Path(finding.file).parent
        if folder not in self._by_folder:
            self._by_folder[folder] = _told_in(folder)
        reasons = self._by_folder[folder].get(finding.rule, {})
        path = finding.construct_path
        while path and path not in reasons:
            path = path.rpartition("/")[0]
        return reasons.get(path)

    def in_template(self, finding: Finding) -> str | None:
        """Give the reason that the resource's own metadata tells, likewise."""
        stack = self._stacks.get((finding.file, finding.stack))
        resource = stack.resources.get(finding.logical_id) if stack else None
        return _told_of(resource).get(finding.rule) if resource else None


def _told_of(resource: Resource) -> dict[str, str]:
    """Give the reasons by rule in a resource's own metadata."""
    told = resource.beside.at("Metadata", "constructs-lib", "acknowledge").items
    return {(each.at("id").text or "").removeprefix(_PREFIX): (each.at("reason").text or "").strip() for each in told}


def _told_in(folder: Path) -> dict[str, dict[str, str]]:
    """Give the reasons by rule and by construct path in a cloud assembly."""
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    for path, told in (*_filtered(folder), *_filtered(folder.parent), *_metadata(folder)):
        for rule, reason in told.items():
            if isinstance(reason, str):
                reasons[rule.removeprefix(_PREFIX)][path.strip("/")] = reason.strip()
    return reasons


def _metadata(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what each construct of the stacks was told, with its path."""
    for artifact in _object(_read(folder / "manifest.json"), "artifacts").values():
        beside = artifact.get("additionalMetadataFile") if isinstance(artifact, dict) else None
        for found in (_object(artifact, "metadata"), _read(folder / beside) if isinstance(beside, str) else {}):
            for path in found:
                for entry in _list(found, path):
                    if entry.get("type") == _TYPE:
                        yield path, _object(entry, "data")


def _filtered(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what CDK itself filtered at the synth: it alone knows what was told to the app, or to a stage."""
    for report in _list(_read(folder / "validation-report.json"), "pluginReports"):
        if report.get("pluginName") == PLUGIN:
            for violation in _list(report, "suppressedViolations"):
                told = {f"{_PREFIX}{violation.get('ruleName')}": violation.get("reason")}
                yield from ((str(each.get("constructPath")), told) for each in _list(violation, "violatingConstructs"))


def _object(of: Any, name: str) -> dict[str, Any]:
    found = of.get(name) if isinstance(of, dict) else None
    return found if isinstance(found, dict) else {}


def _list(of: Any, name: str) -> list[dict[str, Any]]:
    """Give the objects of a list."""
    found = of.get(name) if isinstance(of, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _read(file: Path) -> dict[str, Any]:
    """Read a file of the assembly; nothing if it is none."""
    try:
        read = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
