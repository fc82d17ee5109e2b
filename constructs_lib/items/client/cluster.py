"""A DAX cluster that is asked with a deadline, whatever becomes of its connections."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Any

from amazondax import AmazonDaxClient
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

CONNECT_SECONDS = 1.0
SILENCE_SECONDS = 2.0
"""How long a worker waits on a socket. The caller has gone long before; this frees the worker."""
TRUSTED_SECONDS = 60.0
"""How long connections that were not used are believed to live: Lambda may have slept, and the cluster not."""
WORKERS = 8
"""How many requests are under way at once; more wait, within their deadlines."""

# What the table would answer just as well: the request is wrong, or too much for it.
_OF_THE_TABLE = {
    "ConditionalCheckFailedException",
    "ItemCollectionSizeLimitExceededException",
    "ProvisionedThroughputExceededException",
    "ResourceNotFoundException",
    "ValidationException",
}
# What the cluster says of itself, when nothing was written.
_OF_THE_CLUSTER = {
    "AccessDeniedException",
    "LimitExceededException",
    "NoRouteException",
    "RequestLimitExceededException",
    "ThrottlingException",
}

# It would tell every few seconds, with a traceback, that a node still does not answer.
logging.getLogger("amazondax").setLevel(logging.ERROR)


class NotAskedError(Exception):
    """There was no connection: the request was not sent."""


class ConnectingError(NotAskedError):
    """There was none yet."""


class Cluster:
    """A cluster's answers, each within a deadline.

    Amazon's client limits each wait on a socket, and a request may take several of them: to look up the nodes, to
    connect to one, to log in, to learn a table's keys. So its calls are made by workers, and whoever asks waits as long
    as it wants to. A connection that takes longer is made all the same, for those who ask later; these do not wait.
    """

    def __init__(self, endpoint: str, *, region: str) -> None:
        """Name the cluster; it is connected to when it is first asked."""
        self._endpoint = endpoint
        self._region = region
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="dax")
        self._lock = Lock()
        self._connection: Future[Any] | None = None
        self._used_at = 0.0

    def ask(self, operation: str, request: dict[str, Any], *, seconds: float, connect_seconds: float) -> dict[str, Any]:
        """Return the cluster's answer to a request of boto3's; the seconds are those for all, and those to connect in.

        Raises:
            NotAskedError: nothing was sent.
            TimeoutError: the answer is not here yet.
            Exception: whatever else the cluster or the way to it is at fault with.
        """
        deadline = time.monotonic() + seconds
        call: Callable[..., dict[str, Any]] = getattr(self._connected(connect_seconds), operation)
        left = deadline - time.monotonic()
        if left <= 0:
            raise ConnectingError("the connection has taken all the time")
        answer = self._workers.submit(call, **request)
        try:
            return answer.result(left)
        except TimeoutError:
            if answer.cancel():
                raise NotAskedError("all workers are busy") from None
            raise

    def _connected(self, seconds: float) -> Any:
        """Return the connection; who begins to make it waits for it, and nobody else."""
        with self._lock:
            now = time.time()
            rested, self._used_at = abs(now - self._used_at), now
            if self._connection is not None and self._connection.done() and rested > TRUSTED_SECONDS:
                self._workers.submit(_close, self._connection)
                self._connection = None
            begins = self._connection is None
            connection = self._connection or self._workers.submit(_connect, self._endpoint, self._region)
            self._connection = connection
        if not wait([connection], seconds if begins else 0).done:
            raise ConnectingError("the connection is in the making")
        error = connection.exception()
        if error is None:
            return connection.result()
        with self._lock:
            if self._connection is connection:
                self._connection = None
        raise NotAskedError(f"no connection: {error!r}") from error


def is_to_blame(error: Exception) -> bool:
    """Tell whether an error is the cluster's, and neither the request's nor the table's."""
    return not isinstance(error, (ConnectingError, ParamValidationError)) and _code(error) not in _OF_THE_TABLE


def is_refusal(error: Exception) -> bool:
    """Tell whether a write that ended with this error was surely not made."""
    return isinstance(error, (NotAskedError, ParamValidationError)) or _code(error) in _OF_THE_TABLE | _OF_THE_CLUSTER


def _code(error: Exception) -> str | None:
    return error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None


def _connect(endpoint: str, region: str) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=SILENCE_SECONDS,
        retries={"max_attempts": 0},  # a write whose outcome is unknown must not be sent again
    )
    # Its resource brings the types of boto3's resource; what is below it has the calls.
    return AmazonDaxClient.resource(endpoint_url=endpoint, region_name=region, config=config).meta.client


def _close(connection: "Future[Any]") -> None:
    if not connection.exception():
        connection.result().close()
