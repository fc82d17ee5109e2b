"""The report that code scanning reads: SARIF 2.1.0."""

import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.report.harmless import harmless
from constructs_lib.checks.report.whereabouts import Whereabouts
from constructs_lib.checks.rule import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# Links and placeholders of SARIF's messages, 3.11.5 and 3.11.6 of the standard.
_ESCAPED = str.maketrans({"\\": "\\\\", "[": "\\[", "]": "\\]", "{": "{{", "}": "}}"})


def render(examination: Examination, whereabouts: Whereabouts) -> str:
    """Write one run, with the rules that judged, and what was acknowledged as suppressed."""
    run = {
        "tool": {"driver": _driver(examination)},
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_result(finding, whereabouts) for finding in examination.findings),
            *(
                _result(finding, whereabouts) | {"suppressions": [_suppression(reason)]}
                for finding, reason in examination.acknowledged
            ),
        ],
        "invocations": [
            {
                "executionSuccessful": not (examination.broken or examination.unreadable),
                "toolExecutionNotifications": list(_notifications(examination, whereabouts)),
            }
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver(examination: Examination) -> dict[str, Any]:
    return {
        "name": "constructs-lib",
        "version": version("constructs-lib"),
        "rules": [_rule(rule) for rule in examination.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": _message(rule.title),
        "fullDescription": _message(rule.why or rule.title),
        "help": _message(f"{rule.why}\n\n{rule.source}"),
        "helpUri": rule.source,
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding, whereabouts: Whereabouts) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": _message(f"{harmless(finding.message)}. {harmless(finding.fix)}"),
        "locations": [_location(finding, whereabouts)],
        # What a line's number is not: the same before and after an unrelated change.
        "partialFingerprints": {"place/v1": f"{finding.stack}{finding.location}"},
    }


def _location(finding: Finding, whereabouts: Whereabouts) -> dict[str, Any]:
    name = harmless(finding.construct_path or finding.logical_id)
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}
    if file := whereabouts.file(finding):
        location["physicalLocation"] = _place(file, whereabouts.line(finding))
    return location


def _place(file: str, line: int | None) -> dict[str, Any]:
    # Code scanning shows nothing without a line.
    return {"artifactLocation": {"uri": quote(os.fsencode(file))}, "region": {"startLine": line or 1}}


def _suppression(reason: str) -> dict[str, Any]:
    return {"kind": "inSource", "justification": harmless(reason)}


def _notifications(examination: Examination, whereabouts: Whereabouts) -> Iterator[dict[str, Any]]:
    for name, why in examination.broken.items():
        yield {"level": "error", "message": _message(harmless(f"{name} broke: {why}"))}
    for error in examination.unreadable:
        location = {"physicalLocation": _place(whereabouts.seen(error.path), error.line)}
        yield {"level": "error", "message": _message(harmless(error.reason)), "locations": [location]}


def _message(text: str) -> dict[str, str]:
    return {"text": text.translate(_ESCAPED)}
