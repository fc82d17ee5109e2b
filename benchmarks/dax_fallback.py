"""What a cache costs when it fails: ``python -m benchmarks.dax_fallback``.

One handler reads an item again and again, as `constructs_lib.items.client` does it, while DAX is not there or unwell in
one of several ways. The table is a local HTTP server; DAX is the tests' fake. Told is what each outage costs: how much
longer than without a cache the slowest read took, as a part of the budget, which is what DAX may add; and how much
longer all reads took on average. Reads without a cache are measured before each.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tests.items.client import ports
from tests.items.client.fake_dax import FakeDax, Mood
from tests.items.client.fake_table import FakeTable

BUDGET_MS = 100.0
SECONDS = 10.0
KEY = {"pk": "one"}
MOODS: tuple[Mood, ...] = ("well", "silent", "slow", "trickling", "dying", "halfway", "babbling", "denying")


def main() -> None:
    """Print a line for each way to fail."""
    table = FakeTable()
    os.environ |= {
        "AWS_ENDPOINT_URL_DYNAMODB": table.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "DAX_TABLES": "requests",
    }
    print(f"{'DAX':<14} {'by DAX':>7} {'slowest, of the budget':>23} {'mean / without a cache':>23}")
    for name, endpoint in _ways().items():
        without, _ = _reads(seconds=SECONDS)
        with endpoint() as url:
            seconds, answered = _reads(url, seconds=SECONDS)
        share = answered.count("dax") / len(answered)
        slowest = (max(seconds) - max(without)) * 1000 / BUDGET_MS
        mean = statistics.mean(seconds) / statistics.mean(without)
        print(f"{name:<14} {share:>7.0%} {slowest:>23.2f} {mean:>23.2f}", flush=True)
    # Amazon's client keeps threads of its own.
    sys.stdout.flush()
    os._exit(0)


def _ways() -> dict[str, Callable[[], AbstractContextManager[str]]]:
    nowhere = {"closed": ports.closed, "no SYN answer": ports.swallowing, "no such name": ports.unknown}
    return {**nowhere, **{mood: _in_mood(mood) for mood in MOODS}}


def _in_mood(mood: Mood) -> Callable[[], AbstractContextManager[str]]:
    """Return what makes a node in a mood."""

    @contextmanager
    def node() -> Iterator[str]:
        dax = FakeDax()
        dax.mood = mood
        yield dax.endpoint
        dax.stop()

    return node


def _reads(endpoint: str = "", *, seconds: float) -> tuple[list[float], list[str]]:
    """Read for a while; return how long each read took, and who answered."""
    from constructs_lib.items.client import dynamodb

    os.environ["DAX_ENDPOINT"] = endpoint
    requests: Any = dynamodb(budget_ms=BUDGET_MS).Table("requests")
    requests.get_item(Key=KEY, ConsistentRead=True)  # boto3's own first call takes longer
    took, answered = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        answered.append(requests.get_item(Key=KEY)["Item"]["answered_by"])
        took.append(time.monotonic() - begin)
    return took, answered


if __name__ == "__main__":
    main()
