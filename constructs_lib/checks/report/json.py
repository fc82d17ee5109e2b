"""The report that other programs read."""

import json
from dataclasses import asdict
from importlib.metadata import version

from constructs_lib.checks.examination import Examination
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.report.whereabouts import Whereabouts


def render(examination: Examination, whereabouts: Whereabouts) -> str:
    """Write an object with ``findings``, ``acknowledged`` (with a ``reason`` each), and what could not be judged."""

    def told(finding: Finding) -> dict[str, object]:
        return asdict(finding) | {"file": whereabouts.file(finding), "line": whereabouts.line(finding)}

    report = {
        "version": version("constructs-lib"),
        "counts": {
            "errors": examination.count(ERROR),
            "warnings": examination.count(WARNING),
            "acknowledged": len(examination.acknowledged),
            "stacks": examination.stacks,
            "resources": examination.resources,
            "rules": len(examination.rules),
        },
        "findings": [told(finding) for finding in examination.findings],
        "acknowledged": [told(finding) | {"reason": reason} for finding, reason in examination.acknowledged],
        "broken": examination.broken,
        "unreadable": [
            {"file": whereabouts.seen(error.path), "line": error.line, "reason": error.reason}
            for error in examination.unreadable
        ],
    }
    return json.dumps(report, indent=2) + "\n"
