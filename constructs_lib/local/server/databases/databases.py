"""The databases of one local AWS: for each a PostgreSQL server, behind an endpoint of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.server.databases.described_database import Describe
from constructs_lib.local.server.databases.direct_clients import DirectClients
from constructs_lib.local.server.databases.lambda_calls import LambdaCalls
from constructs_lib.local.server.databases.lambda_invocation import LambdaInvocation
from constructs_lib.local.server.databases.postgres_endpoint import PostgresEndpoint, Serve
from constructs_lib.local.server.databases.postgres_installation import PostgresInstallation
from constructs_lib.local.server.databases.postgres_server import PostgresServer


@dataclass(frozen=True, slots=True)
class Database:
    """A running database."""

    server: PostgresServer
    endpoint: PostgresEndpoint


class Databases:
    """Starts and stops databases, and endpoints for them. Called from any thread but the event loop's own."""

    def __init__(
        self,
        folder: Path,
        authority: CertificateAuthority,
        loop: asyncio.AbstractEventLoop,
        client: Callable[[str], Any],
    ) -> None:
        """Keep data below ``folder``, certify endpoints by ``authority`` and serve them on ``loop``.

        What the network and IAM let a database do is asked by ``client``.
        """
        self._folder = folder
        self._authority = authority
        self._loop = loop
        self._client = client
        self._installation: PostgresInstallation | None = None
        self._lock = Lock()
        self._started = 0
        self._running: dict[str, Database] = {}

    def start(
        self, resource_id: str, describe: Describe, *, master: str, password: str, name: str, port: int
    ) -> Database:
        """Start a database known by its resource id, with its master user and its first database."""
        endpoint = self.reserve_endpoint(port)
        installation, folder = self._place()
        calls = LambdaCalls(folder, LambdaInvocation(describe, self._client).answer)
        server = PostgresServer(installation, folder, endpoint.address, calls)
        self._running[resource_id] = database = Database(server, endpoint)
        server.start(master=master, password=password, database=name)
        self.open_endpoint(endpoint, DirectClients(server, describe, self._client).serve)
        return database

    def get(self, resource_id: str) -> Database | None:
        """Give a running database."""
        return self._running.get(resource_id)

    def server(self, resource_id: str) -> PostgresServer | None:
        """Give a running database's server."""
        database = self._running.get(resource_id)
        return database.server if database else None

    def stop(self, resource_id: str) -> None:
        """Stop a database, if it runs."""
        if database := self._running.pop(resource_id, None):
            self.close_endpoint(database.endpoint)
            database.server.stop()

    def stop_all(self) -> None:
        """Stop every server; the endpoints end with the event loop."""
        for database in self._running.values():
            database.server.stop()

    def reserve_endpoint(self, port: int) -> PostgresEndpoint:
        """Take an address for an endpoint."""
        return PostgresEndpoint(self._authority, port)

    def open_endpoint(self, endpoint: PostgresEndpoint, serve: Serve) -> None:
        """Let clients in at an endpoint."""
        asyncio.run_coroutine_threadsafe(endpoint.open(serve), self._loop).result()

    def close_endpoint(self, endpoint: PostgresEndpoint) -> None:
        """Let no more clients in at an endpoint, and give its address up."""
        asyncio.run_coroutine_threadsafe(endpoint.close(), self._loop).result()

    def _place(self) -> tuple[PostgresInstallation, Path]:
        """Give the programs for another server, and the folder for its data; stacks may deploy at the same time."""
        with self._lock:
            if self._installation is None:
                self._folder.mkdir(mode=0o711)
                self._installation = PostgresInstallation.prepare(self._folder)
            self._started += 1
            return self._installation, self._folder / str(self._started)  # Short: a socket's path is 107 characters.
