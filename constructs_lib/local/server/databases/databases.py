"""The databases of one local AWS: for each a PostgreSQL server, behind an endpoint of its own."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.server.databases.postgres_endpoint import PostgresEndpoint, Serve, Session
from constructs_lib.local.server.databases.postgres_installation import PostgresInstallation
from constructs_lib.local.server.databases.postgres_server import SQL_PORT, PostgresServer


@dataclass(frozen=True, slots=True)
class Database:
    """A running database."""

    server: PostgresServer
    endpoint: PostgresEndpoint


class Databases:
    """Starts and stops databases, and endpoints for them. Called from any thread but the event loop's own."""

    def __init__(self, folder: Path, authority: CertificateAuthority, loop: asyncio.AbstractEventLoop) -> None:
        """Keep data below ``folder``, certify endpoints by ``authority`` and serve them on ``loop``."""
        self._folder = folder
        self._authority = authority
        self._loop = loop
        self._installation: PostgresInstallation | None = None
        self._lock = Lock()
        self._started = 0
        self._running: dict[str, Database] = {}

    def start(self, resource_id: str, *, master: str, password: str, name: str, port: int) -> Database:
        """Start a database known by its resource id, with its master user and its first database."""
        endpoint = self.reserve_endpoint(port)
        server = PostgresServer(*self._place(), endpoint.address)
        self._running[resource_id] = database = Database(server, endpoint)
        server.start(master=master, password=password, database=name)

        async def pass_on(session: Session) -> None:
            await session.relay(*await asyncio.open_connection(server.address, SQL_PORT))

        self.open_endpoint(endpoint, pass_on)
        return database

    def get(self, resource_id: str) -> Database | None:
        """Give a running database."""
        return self._running.get(resource_id)

    def socket(self, resource_id: str) -> Path | None:
        """Give where a running database admits whom a proxy has verified."""
        database = self._running.get(resource_id)
        return database.server.socket_path if database else None

    def stop(self, resource_id: str) -> None:
        """Stop a database, if it runs."""
        if database := self._running.pop(resource_id, None):
            self.close_endpoint(database.endpoint)
            database.server.stop()

    def stop_all(self) -> None:
        """Stop every server; the endpoints end with the event loop."""
        for database in self._running.values():
            database.server.stop()

    def reserve_endpoint(self, port: int, *, require_tls: bool = True) -> PostgresEndpoint:
        """Take an address for an endpoint."""
        return PostgresEndpoint(self._authority, port, require_tls=require_tls)

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
