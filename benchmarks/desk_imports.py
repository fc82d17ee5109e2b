"""What the desk's functions load when they start, beside ``import boto3`` alone: ``python -m benchmarks.desk_imports``.

Each import runs in a new interpreter, from the folder that Lambda gets; medians of the processor's time are compared,
so that what else the machine does counts little. Modules are counted on this Python; Lambda's differs by a few.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import constructs_lib

HANDLERS = ("page", "desk.api", "desk.teller", "desk.notifier")
_RUNTIME = Path(constructs_lib.__file__).parent / "approval" / "runtime"
_ROUNDS = 9


def modules_of(name: str) -> set[str]:
    """Name the modules that are loaded after an import, those of Python's own start among them."""
    return set(printed_by(f"import sys, {name}; print(*sys.modules)").split())


def seconds_of(name: str) -> float:
    """Measure how long the processor works on an import."""
    timed = f"import time; start = time.process_time(); import {name}; print(time.process_time() - start)"
    return float(printed_by(timed))


def main() -> None:
    """Print modules and ratios."""
    names = ("boto3", *HANDLERS)
    took: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(_ROUNDS):  # in turn, so that all meet the same machine
        for name in names:
            took[name].append(seconds_of(name))
    boto3 = statistics.median(took["boto3"])
    print(f"import: modules, time as a share of boto3's (median of {_ROUNDS})")
    for name in names:
        print(f"{name}: {len(modules_of(name))}, {statistics.median(took[name]) / boto3:.2f}")


def printed_by(statement: str, **environment: str) -> str:
    """Run a statement in a new interpreter, with no more of AWS in its environment than is given."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_"))}
    done = subprocess.run(
        [sys.executable, "-c", statement],
        cwd=_RUNTIME,
        env={**own, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
