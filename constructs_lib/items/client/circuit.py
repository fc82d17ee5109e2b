"""Whether a cluster is asked at all."""

import time
from threading import Lock

from aws_lambda_powertools import Logger

PAUSE_SECONDS = 5.0
"""How long a cluster that does not answer is left alone; then one request tries it."""
FAILURES = 2
"""How many on end it takes: a single one may be a connection that has died while it was not used."""

logger = Logger()


class Circuit:
    """Closed while the cluster answers; open from its second failure on end until it answers. Says when it changes."""

    def __init__(self) -> None:
        """Begin closed."""
        self._lock = Lock()
        self._failures = 0
        self._failed_at = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether the cluster is believed to answer."""
        return self._failures < FAILURES

    def may_ask(self) -> bool:
        """Tell whether to ask; while open, one caller in each pause hears yes."""
        with self._lock:
            if self.is_closed:
                return True
            # The wall clock: the monotonic one may stand still while Lambda keeps the environment frozen. It may be set
            # back, though, and the pause must end all the same.
            now = time.time()
            if abs(now - self._failed_at) < PAUSE_SECONDS:
                return False
            self._failed_at = now
            return True

    def answered(self) -> None:
        """Take note of an answer."""
        with self._lock:
            was_closed, self._failures = self.is_closed, 0
        if not was_closed:
            logger.info("DAX answers again")

    def failed(self, reason: Exception) -> None:
        """Take note of a failure."""
        with self._lock:
            self._failures, self._failed_at = self._failures + 1, time.time()
            opens = self._failures == FAILURES
        if opens:
            logger.warning("DAX does not answer, the tables are asked instead", reason=repr(reason))
