"""What the checks cost beside reading, cdk-nag, cfn-lint and checkov: ``python -m benchmarks.check_speed``.

Two apps of ordinary stacks, with 700 and 7,000 resources. Three comparisons, each in turns, medians of each:

- in one process: reading and judging the templates, beside reading their JSON alone, which is the limit;
- inside of a synth: what ``PatternChecks`` adds to one with a plugin that does nothing, and what cdk-nag's
  ``AwsSolutionsChecks`` adds, which prints its findings on standard error (``2>/dev/null``);
- as commands: ``constructs-lib check``, ``cfn-lint`` and ``checkov`` on the same files, from start to end, and without
  the start, which is what the same command takes for a template of one resource.

The peers take minutes for the larger app: ``--small`` leaves it out.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import jsii
from aws_cdk import (
    App,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    Validations,
)
from cdk_nag import AwsSolutionsChecks

from benchmarks.check_speed_app import RESOURCES, ordinary_app
from benchmarks.checkov import checkov
from constructs_lib.checks import PatternChecks
from constructs_lib.checks.judgement import judge
from constructs_lib.checks.reading import read
from constructs_lib.checks.rules import documented_rules
from constructs_lib.checks.uncollected import uncollected

STACKS = {20: 9, 200: 3}
"""So many stacks, in so many rounds."""
BIN = Path(sys.executable).parent
ONE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}


@jsii.implements(IPolicyValidationPlugin)
class Idle:
    """A plugin that finds nothing: what CDK itself does for plugins is in each synth that is compared."""

    name = property(lambda _: "Idle")
    version = property(lambda _: "1")
    rule_ids = property(lambda _: [])

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:  # noqa: ARG002
        return PolicyValidationPluginReport(success=True, violations=[])


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Time each work in turn, so that all meet the same machine."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: statistics.median(each) for name, each in taken.items()}


def in_one_process(folder: Path, rounds: int) -> str:
    files = sorted(folder.glob("*.template.json"))
    rules = list(documented_rules())

    def check() -> None:
        with uncollected():  # as the command and the plugin do
            judge(read([folder]), rules)

    reading = {"reading": lambda: [json.loads(file.read_bytes()) for file in files]}
    took = medians({**reading, "checking": check}, 5 * rounds)
    return f"reading and judging / reading the JSON alone: {took['checking'] / took['reading']:.2f}"


def in_a_synth(stacks: int, rounds: int) -> str:
    def synth(plugin: IPolicyValidationPlugin | type[AwsSolutionsChecks]) -> float:
        with TemporaryDirectory(prefix="check-speed-") as folder:
            app = ordinary_app(stacks, folder)
            Validations.of(app).add_plugins(plugin(app) if isinstance(plugin, type) else plugin)
            return seconds(lambda: _synth(app))

    idle, ours, theirs = [], [], []
    for _ in range(2 * rounds):
        idle.append(synth(Idle()))
        ours.append(synth(PatternChecks()))
        theirs.append(synth(AwsSolutionsChecks))
    added = [statistics.median(each) - statistics.median(idle) for each in (ours, theirs)]
    share = (
        f"a synth with PatternChecks / with a plugin that does nothing: {1 + added[0] / statistics.median(idle):.2f}"
    )
    return f"{share}; what cdk-nag AwsSolutions adds to it / what PatternChecks adds: {added[1] / added[0]:.1f}"


def _synth(app: App) -> None:
    try:
        app.synth()
    except RuntimeError as error:  # findings: cdk-nag has some of this app
        if "Validation failed" not in str(error):
            raise


def as_commands(folder: Path, rounds: int, checkov_command: Path) -> str:
    with TemporaryDirectory(prefix="one-") as small:
        Path(small, "one.template.json").write_text(json.dumps(ONE), "utf-8")
        commands = {
            "constructs-lib": lambda of: [str(BIN / "constructs-lib"), "check", str(of)],
            "cfn-lint": lambda of: [str(BIN / "cfn-lint"), *map(str, sorted(of.glob("*.template.json")))],
            "checkov": lambda of: [str(checkov_command), "--framework", "cloudformation", "--compact", "-d", str(of)],
        }
        works: dict[str, Callable[[], object]] = {"python": lambda: run([sys.executable, "-c", ""])}
        for name, command in commands.items():
            works[name] = lambda command=command: run(command(folder))  # type: ignore[misc]
            works[f"{name} starts"] = lambda command=command: run(command(Path(small)))  # type: ignore[misc]
        took = medians(works, min(rounds, 3))
    start = (took["constructs-lib starts"] - took["python"]) * 1000
    compared = [_compared(took, peer) for peer in ("cfn-lint", "checkov")]
    return "; ".join([*compared, f"constructs-lib starts in {start:.0f} ms beyond Python's own"])


def _compared(took: dict[str, float], peer: str) -> str:
    work = (took[peer] - took[f"{peer} starts"]) / (took["constructs-lib"] - took["constructs-lib starts"])
    return f"{peer} / constructs-lib check: {took[peer] / took['constructs-lib']:.0f}, without the start {work:.0f}"


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 1, 2, 4, 6, 8, 12, 14):  # findings, in the ways of the three
        raise RuntimeError(done.stderr.decode())


def main(arguments: Iterable[str]) -> None:
    """Print the ratios."""
    os.environ["CDK_VALIDATION"] = "false"  # CDK's own validator would be in each synth
    sizes = list(STACKS)[: 1 if "--small" in arguments else None]
    with ExitStack() as exits:
        command = exits.enter_context(checkov())
        for stacks in sizes:
            folder = Path(exits.enter_context(TemporaryDirectory(prefix="check-speed-")))
            ordinary_app(stacks, str(folder)).synth()
            print(f"{stacks * RESOURCES:,} resources")
            print(f"  {in_one_process(folder, STACKS[stacks])}")
            print(f"  {in_a_synth(stacks, STACKS[stacks])}")
            print(f"  {as_commands(folder, STACKS[stacks], command)}")


if __name__ == "__main__":
    main(sys.argv[1:])
