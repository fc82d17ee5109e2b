"""Connections that are kept between invocations, and are alive when they are given out."""

import logging
import os
import selectors
import threading
import time
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from constructs_lib.relational.client.endpoint import Endpoint, Family

TRUSTED_SECONDS = 5.0
"""How long a connection that was not used is believed to live without being asked."""

_log = logging.getLogger(__name__)


class Closable(Protocol):
    """A connection."""

    def close(self) -> None:
        """Say goodbye to the server."""


C = TypeVar("C", bound=Closable)


class Driver(Protocol[C]):
    """What must be known of a family's connections."""

    family: Family

    def connect(self, endpoint: Endpoint, timeout: int) -> C:
        """Log in with a new token within some seconds."""
        ...

    def in_transaction_block(self, connection: C) -> bool:
        """Tell whether the caller is inside of a ``with connection.transaction()``."""
        ...

    def roll_back(self, connection: C) -> bool:
        """End a transaction that was left open and tell whether there was one; raise if the connection is unusable."""
        ...

    def descriptor(self, connection: C) -> int:
        """Return the socket's."""
        ...

    def ask(self, connection: C) -> None:
        """Have the server answer; raise if it does not."""
        ...


class KeptConnections(threading.local, Generic[C]):
    """For each thread, one connection to each endpoint.

    What one thread began on a connection another could end, so they share none. A process that was forked makes its own
    and leaves its parent's alone.
    """

    def __init__(self, driver: Driver[C]) -> None:
        """Begin with none; Python calls this once in each thread."""
        self._driver = driver
        self._kept: dict[Endpoint, _Kept[C]] = {}

    def connection(self, *, reader: bool, connect_timeout: int) -> C:
        """Return the connection that is kept, or a new one if there is none or it has died."""
        endpoint = Endpoint.from_environment(self._driver.family, reader=reader)
        kept = self._kept.pop(endpoint, None)
        if kept is None or not self._is_usable(kept):
            kept = _Kept(self._driver.connect(endpoint, connect_timeout))
            _log.info("connected to %s as %s", endpoint.host, endpoint.user)
        kept.used_at = time.time()
        self._kept[endpoint] = kept
        return kept.connection

    def _is_usable(self, kept: "_Kept[C]") -> bool:
        """Tell whether a connection is this process's and alive; it begins anew then, with no transaction open."""
        if not kept.is_ours:
            return False
        if self._driver.in_transaction_block(kept.connection):
            return True  # Dead or not: who began the block must hear it from a statement, not go on with half of it.
        try:
            if self._driver.roll_back(kept.connection):
                _log.warning("rolled back a transaction that was left open")
            elif kept.rested > TRUSTED_SECONDS or _has_input(self._driver.descriptor(kept.connection)):
                self._driver.ask(kept.connection)
        except Exception as error:
            _log.info("the kept connection has died: %s", error)
            return False
        return True


class _Kept(Generic[C]):
    """A connection, whose it is and when it was last given out."""

    def __init__(self, connection: C) -> None:
        self.connection = connection
        self.used_at = 0.0
        self._process = os.getpid()

    @property
    def is_ours(self) -> bool:
        return self._process == os.getpid()

    @property
    def rested(self) -> float:
        # The monotonic clock may stand still while Lambda keeps the environment frozen; the wall clock may step back.
        return abs(time.time() - self.used_at)

    def close(self) -> None:
        if self.is_ours:  # A child's goodbye would end its parent's connection.
            with suppress(Exception):
                self.connection.close()

    __del__ = close  # A connection that is not kept any more ends, and a thread's end with it.


def _has_input(descriptor: int) -> bool:
    """Tell whether the server has said something unasked, such as goodbye."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))
