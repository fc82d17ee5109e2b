"""How many reads and writes went through DAX, and how many past it."""

import time
from collections import Counter
from threading import Lock

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE = "constructs_lib"
SECONDS = 1.0
"""How often the counts are written at most: a read from memory costs less than a line of logs."""


class Usage:
    """Counts, written as CloudWatch metrics by the way (embedded metric format), with the dimension ``service``.

    They are written with the first request, and then by one at least a second after the last time. What an environment
    has counted in its last second is lost with it.
    """

    def __init__(self) -> None:
        """Begin at none."""
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._written_at = 0.0

    def count(self, name: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[name] += 1
            if abs(time.time() - self._written_at) < SECONDS:
                return
            counts, self._counts, self._written_at = self._counts, Counter(), time.time()
        metrics = EphemeralMetrics(namespace=NAMESPACE)
        for metric, number in counts.items():
            metrics.add_metric(metric, MetricUnit.Count, number)
        metrics.flush_metrics()
