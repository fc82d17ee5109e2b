"""What ``import constructs_lib`` adds to ``import aws_cdk``: ``python -m benchmarks.import_time``.

Each import runs in a new interpreter, the two in turn, so that both meet the same machine; medians are compared.
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 15


def seconds(statement: str) -> float:
    """Time one interpreter that runs a statement."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the ratio; the aim is under 1.05."""
    seconds("import aws_cdk, constructs_lib")  # writes the bytecode
    alone, both = [], []
    for _ in range(ROUNDS):
        alone.append(seconds("import aws_cdk"))
        both.append(seconds("import aws_cdk, constructs_lib"))
    ratio = statistics.median(both) / statistics.median(alone)
    print(f"import aws_cdk, constructs_lib / import aws_cdk: {ratio:.3f} (median of {ROUNDS} each)")


if __name__ == "__main__":
    main()
