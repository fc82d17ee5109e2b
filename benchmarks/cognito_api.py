"""Cognito, API and Lambda by the library and by its peer: ``python -m benchmarks.cognito_api [PAGE]``.

The peer is aws-solutions-constructs. Both make the same system, each with as few words as it takes; the third column
has what the peer has by default and the library has not. The tables are the same in every run and stand in
``docs/api.md``: with that page as the argument they are written there. cdk-nag's findings are counted by resource, and
what it says of them goes to the standard error. Time is a ratio of turns that are taken in one process.
"""

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App, Stack
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from benchmarks.cognito_api_facts import Template, facts
from benchmarks.cognito_api_systems import ours, ours_with_all, peer
from benchmarks.docs_block import replace_block
from benchmarks.jsii_round_trips import round_trips
from constructs_lib.checks import add_checks

NAME = "cognito-api"
ROUNDS = 25
STARTS = 5
PACKS = (AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks)

Way = Callable[[Stack, Path], None]

WAYS: dict[str, Way] = {
    "aws-solutions-constructs": peer,
    "constructs_lib": ours,
    "constructs_lib with logs and Plus": ours_with_all,
}


@dataclass(frozen=True, slots=True)
class Synth:
    """What came out of an app, and what it took."""

    template: Template
    template_bytes: int
    report: dict[str, Any]
    round_trips: int
    seconds: float


def synth(way: Way, *, judged: bool = False) -> Synth:
    """Make an app with the system in one way, and synthesize it; judged by the rule packs, if wanted."""
    with TemporaryDirectory(prefix="cognito-api-") as folder:
        source, out = Path(folder, "source"), Path(folder, "out")
        source.mkdir()
        (source / "index.py").write_text("def handler(event, context): ...\n")
        app = App(analytics_reporting=False, outdir=str(out))
        stack = Stack(app, "Desk")
        if judged:
            add_checks(app, nag=PACKS)
        started = time.perf_counter()
        with round_trips() as counted:
            way(stack, source)
        with suppress(RuntimeError):  # a finding that is an error fails the synth, once all is written
            app.synth()
        seconds = time.perf_counter() - started
        template = (out / "Desk.template.json").read_bytes()
        report = json.loads((out / "validation-report.json").read_bytes()) if judged else {}
        del counted["Load"]  # of the peer's library, in the first turn only
        return Synth(json.loads(template), len(template), report, counted.total(), seconds)


def tables() -> str:
    """Return what is the same in every run, as Markdown."""
    synths = [synth(way, judged=True) for way in WAYS.values()]
    kinds = [Counter(resource["Type"] for resource in one.template["Resources"].values()) for one in synths]
    rows = {f"`{kind}`": [str(counted[kind]) for counted in kinds] for kind in sorted(set().union(*kinds))}
    said = [_said_of(one) for one in synths]
    return _table("", {row: [each[row] for each in said] for row in said[0]}) + "\n" + _table("resources of type", rows)


def _said_of(one: Synth) -> dict[str, str]:
    measured = {"template, bytes": str(one.template_bytes), "round trips to Node": str(one.round_trips)}
    return {**facts(one.template), **_findings(one.report), **measured}


def _findings(report: dict[str, Any]) -> dict[str, str]:
    def count(findings: Iterable[dict[str, Any]]) -> int:
        return sum(len(finding["violatingConstructs"]) for finding in findings)

    return {
        f"cdk-nag, {pack['pluginName']}": f"{count(pack['violations'])} open, "
        f"{count(pack.get('suppressedViolations', []))} acknowledged"
        for pack in report["pluginReports"]
        if pack["pluginName"] != "PatternChecks"  # the judge is no comparison of its own makers
    }


def _table(corner: str, rows: dict[str, list[str]]) -> str:
    lines = [[corner, *WAYS], ["---"] * (len(WAYS) + 1), *([row, *values] for row, values in rows.items())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def print_ratios() -> None:
    """Take turns, and print how long the library's ways take beside the peer's."""
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    turns = list(WAYS)
    for _ in range(ROUNDS):
        for name in turns:
            seconds[name].append(synth(WAYS[name]).seconds)
        turns.reverse()
    peers, *others = WAYS
    start = statistics.median(_seconds_of_a_start() for _ in range(STARTS))
    for name in others:
        pairs = list(zip(seconds[name], seconds[peers], strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        share = statistics.median(one - other for one, other in pairs) / start
        print(f"time of a synth, {name} / {peers}: {ratio:.2f} (median of {ROUNDS} pairs);", end=" ")
        print(f"the difference / a new process that synthesizes nothing: {share:.3f}")


def _seconds_of_a_start() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aws_cdk; aws_cdk.App().synth()"], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the tables, write them to the page if one is given, and print the ratios."""
    text = tables()
    print(text)
    if len(sys.argv) > 1:
        replace_block(Path(sys.argv[1]), NAME, text)
    print_ratios()


if __name__ == "__main__":
    main()
