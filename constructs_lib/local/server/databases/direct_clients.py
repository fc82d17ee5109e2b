"""A database's own endpoint, where clients log in by password."""

import asyncio
from collections.abc import Callable
from typing import Any

from constructs_lib.local.server.databases.calling_function import connected_function, named_function
from constructs_lib.local.server.databases.described_database import Describe
from constructs_lib.local.server.databases.home import Home
from constructs_lib.local.server.databases.network_path import require_path
from constructs_lib.local.server.databases.postgres_endpoint import Session
from constructs_lib.local.server.databases.postgres_server import SQL_PORT, PostgresServer


class DirectClients:
    """Lets clients in by TLS only, and a Lambda function only if the security groups let it reach the database.

    A password does not tell who bears it; the process that a connection comes from does.
    """

    def __init__(self, server: PostgresServer, describe: Describe, client: Callable[[str], Any]) -> None:
        """Stand before ``server``, where the database is that ``describe`` tells of."""
        self._server = server
        self._describe = describe
        self._client = client
        self._home = Home.current()

    async def serve(self, session: Session) -> None:
        """Hand one client on to the server, or say why not."""
        session.require_encrypted()
        await self._home.ask_aside(self._require_path, session)
        await session.relay(*await asyncio.open_connection(self._server.address, SQL_PORT))

    def _require_path(self, session: Session) -> None:
        name = connected_function(*session.ends)
        if function := named_function(self._client("lambda"), name) if name else None:
            database = self._describe(self._client("rds"))
            require_path(self._client("ec2"), function, database.interface, database.port)
