"""Waiting for what passes by itself: a cluster that wakes up, a function that is being made, rights not known yet."""

import time
from collections.abc import Callable, Collection
from typing import TypeVar

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

logger = Logger(child=True)

PATIENCE_SECONDS = 90
"""For all the calls of a request together."""
_PAUSE_SECONDS = 3

_Answer = TypeVar("_Answer")


class Patience:
    """Repeats calls to AWS while they fail for a reason that passes, until the patience of this request is used up."""

    def __init__(self) -> None:
        self._deadline = time.monotonic() + PATIENCE_SECONDS

    def call(self, attempt: Callable[[], _Answer], *, passing: Collection[str]) -> _Answer:
        """Return what a call returns in the end.

        Args:
            attempt: the call; it must be harmless to repeat.
            passing: the codes of errors that pass.

        Raises:
            ClientError: another error, or one that did not pass in time.
        """
        while True:
            try:
                return attempt()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in passing or time.monotonic() > self._deadline:
                    raise
                logger.info("waiting", reason=code)
                time.sleep(_PAUSE_SECONDS)
